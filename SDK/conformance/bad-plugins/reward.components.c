/* reward.components: gives a component outside its range. */
#define COMPONENT 5
#include "good_reward.h"
