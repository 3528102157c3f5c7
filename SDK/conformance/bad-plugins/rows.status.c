/* rows.status: fails with a number that is no status. */
#define AFTER_ROW if (equals(item->completion, "No idea.")) row->status = 99
#include "good_reward.h"
