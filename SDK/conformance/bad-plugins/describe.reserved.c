/* describe.reserved: writes into a reserved field. */
#define MODULE_ZERO 7
#include "good_reward.h"
