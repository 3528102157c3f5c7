/* describe.kind: says that it is a reward and has no table. */
#define TABLE table != NULL ? NULL : (const void *)&functions
#include "good_reward.h"
