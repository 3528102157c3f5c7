/* describe.texts: has no title. */
#define TITLE ""
#include "good_reward.h"
