/* reward.range: gives a score above its range. */
#define SCORE (right ? 1 : 7)
#include "good_reward.h"
