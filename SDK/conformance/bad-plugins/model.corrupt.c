/* model.corrupt: reads a checkpoint straight into its weights. */
#define LOADS_IN_PLACE 1
#include "good_model.h"
