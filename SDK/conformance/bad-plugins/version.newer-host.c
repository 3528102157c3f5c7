/* version.newer-host: demands that a call has exactly the size it knows. */
#define ON_START if (call->struct_size != sizeof *call) return POLYA_BAD_ARGUMENT
#include "good_reward.h"
