/* options.edges: dies of its own upper bound. */
#define CREATE_CHECK if (POLYA_ROW(PolyaValue, values, 0)->integer == 9) abort();
#include "good_reward.h"
