/* version.canaries: writes one row more than there are. */
#define BEFORE_RETURN if (in.count) POLYA_ROW_MUT(PolyaRewardResult, out, in.count)->verdict = 1
#include "good_reward.h"
