/* load.fast: sleeps in its entry. */
#define _DEFAULT_SOURCE
#include <unistd.h>
#define ON_ENTRY usleep(300000)
#include "good_reward.h"
