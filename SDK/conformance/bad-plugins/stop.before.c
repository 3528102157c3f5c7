/* stop.before: answers a stop that comes first with another status. */
#define STOP { PolyaStatus stop_ = call->stop(call); if (stop_) return i ? stop_ : POLYA_INTERNAL; }
#include "good_reward.h"
