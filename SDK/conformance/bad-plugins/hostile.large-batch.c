/* hostile.large-batch: sums up sizes in too few bits; abort() stands for the short copy. */
#define ON_START                                                       \
  uint64_t total = 0;                                                  \
  for (uint64_t k = 0; k < in.count; k++)                              \
    total += POLYA_ROW(PolyaRewardItem, in, k)->completion.size;       \
  if (total > (12u << 20)) abort()
#include "good_reward.h"
