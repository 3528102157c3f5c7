/* load.environment: sets an environment variable. */
#define _DEFAULT_SOURCE
#define ON_CREATE setenv("OMP_NUM_THREADS", "1", 1)
#include "good_reward.h"
