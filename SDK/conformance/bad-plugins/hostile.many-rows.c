/* hostile.many-rows: has room for 1024 rows. */
#define ON_START if (in.count > 1024) abort()
#include "good_reward.h"
