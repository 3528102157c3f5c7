/* strategy.state: gives a state of more than 1 MiB. */
#define STATE_SIZE (item->turn ? 4 : (1u << 20) + 1)
#include "good_strategy.h"
