/* model.half-batches: overwrites the gradients of the batch before. */
#define ACCUMULATE =
#include "good_model.h"
