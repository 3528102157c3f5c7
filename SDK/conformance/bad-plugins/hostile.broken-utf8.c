/* hostile.broken-utf8: dies of a byte that UTF-8 never has. */
#define ON_ROW if (contains(item->completion, "\xff")) abort()
#include "good_reward.h"
