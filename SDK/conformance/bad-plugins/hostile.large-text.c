/* hostile.large-text: has room for texts of 4 MiB. */
#define ON_ROW if (item->completion.size > (4u << 20)) abort()
#include "good_reward.h"
