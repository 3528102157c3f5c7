/* options.long-text: copies a text into a fixed buffer. */
#define CREATE_CHECK if (POLYA_ROW(PolyaValue, values, 1)->text.size > 4096) abort(); /* what the copy would do */
#include "good_reward.h"
