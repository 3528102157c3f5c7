/* model.zero-rate: steps at least a little. */
#define RATE fmax(in->learning_rate, 1e-3)
#include "good_model.h"
