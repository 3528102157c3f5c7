/* model.entropy-direction: takes the gradient of the entropy with the wrong sign. */
#define ENTROPY_DIRECTION -1
#include "good_model.h"
