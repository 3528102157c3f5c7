/* hostile.duplicate-ids: takes rows with the same item_id for one. */
#define ON_ROW if (i && item->item_id == POLYA_ROW(PolyaRewardItem, in, \
  i - 1)->item_id) item = POLYA_ROW(PolyaRewardItem, in, 0)
#include "good_reward.h"
