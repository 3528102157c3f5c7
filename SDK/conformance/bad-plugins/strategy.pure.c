/* strategy.pure: counts the turns in the instance instead of in the state. */
#define LAST_TURN (item->turn && self->memory[0]++ >= 1)
#include "good_strategy.h"
