/* model.sampled-logprobs: gives log-probs of samples at temperature 1 always. */
#define SAMPLE_TEMPERATURE 1
#include "good_model.h"
