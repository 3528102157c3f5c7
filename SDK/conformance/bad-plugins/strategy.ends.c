/* strategy.ends: asks for ever. */
#define LAST_TURN 0
#include "good_strategy.h"
