/* static.stack: asks for an executable stack. */
/* link: -Wl,-z,execstack */
#include "good_reward.h"
