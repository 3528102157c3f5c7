/* memory.result-pointers: points into memory of its own. */
#define EXTRACTED (PolyaText){ (const char *)self->memory, 1 }
#define ON_CREATE self->memory[0] = 0x78
#include "good_reward.h"
