/* describe.id: has an id that is no reverse domain. */
#define ID "Good Plugin"
#include "good_reward.h"
