/* static.one-export: exports a helper beside the entry. */
#include "good_reward.h"
POLYA_EXPORT int helper(void);
int helper(void) { return 1; }
