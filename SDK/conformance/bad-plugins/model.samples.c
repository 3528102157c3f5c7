/* model.samples: samples one token more than it may. */
#define MAX_TOKENS prompt->max_tokens + 1
#include "good_model.h"
