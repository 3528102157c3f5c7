/* determinism.order: compares a row with the one before. */
#define CONFIDENCE (i && POLYA_ROW(PolyaRewardItem, in, i - 1)->item_id > item->item_id ? 0.5 : 1)
#include "good_reward.h"
