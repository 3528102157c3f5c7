/* model.seed: lets the size of the batch decide about the sample. */
#include <stdint.h>
static uint64_t batch;
#define ON_START batch = in.count
#define SAMPLE_SEED (prompt->seed + batch)
#include "good_model.h"
