/* model.zero-gradient: adds noise to every step. */
#define STEP_NOISE 0.01 * (i % 3)
#include "good_model.h"
