/* reward.describe: has a range without an end. */
#define LOW -INFINITY
#include "good_reward.h"
