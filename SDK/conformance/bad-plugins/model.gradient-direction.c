/* model.gradient-direction: steps uphill. */
#define DIRECTION -1
#include "good_model.h"
