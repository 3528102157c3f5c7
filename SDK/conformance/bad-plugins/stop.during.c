/* stop.during: asks whether to stop before the first two rows only. */
#define STOP if (i < 2) { PolyaStatus stop_ = call->stop(call); if (stop_) return stop_; }
#include "good_reward.h"
