/* model.step-clears: keeps the gradients after a step. */
#define CLEAR (void)0
#include "good_model.h"
