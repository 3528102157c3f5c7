/* load.quiet: greets on stdout. */
#include <stdio.h>
#define ON_CREATE puts("hello")
#include "good_reward.h"
