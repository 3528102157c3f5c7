/* strategy.state: gives a state of more than 1 MiB, in its second turn. */
#define STATE_SIZE (item->turn == 1 ? (1u << 20) + 1 : 4)
#include "good_strategy.h"
