/* stop.kept-rows: leaves rows half done when it is stopped, though it reported them. */
#define ON_ROW int stopping = i == 4 && call->stop(call) != POLYA_OK; \
  if (stopping) POLYA_ROW_MUT(PolyaRewardResult, out, 2)->confidence = 0.5
#include "good_reward.h"
