/* options.refusal: refuses without a reason and leaves something behind. */
#define CREATE_CHECK if (!POLYA_ROW(PolyaValue, values, \
  1)->text.size) { *out = (PolyaInstance *)(uintptr_t)8; return POLYA_BAD_OPTION; }
#include "good_reward.h"
