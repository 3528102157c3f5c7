/* rows.live: dies of rows that have a reference. */
#define ON_ROW if (item->reference.size) abort()
#include "good_reward.h"
