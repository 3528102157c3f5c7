/* memory.handles: opens a file for each instance and never closes it. */
#include <fcntl.h>
#define ON_CREATE self->memory[0] = (uint64_t)open("/dev/null", O_RDONLY)
#include "good_reward.h"
