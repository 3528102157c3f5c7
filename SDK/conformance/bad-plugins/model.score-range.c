/* model.score-range: gives entropies below 0. */
#define ENTROPY_SIGN +
#include "good_model.h"
