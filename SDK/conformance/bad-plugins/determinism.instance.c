/* determinism.instance: lets the number of instances made so far decide. */
static int made;
#define ON_CREATE self->memory[0] = (uint64_t)made++
#define CONFIDENCE (self->memory[0] ? 0.5 : 1)
#include "good_reward.h"
