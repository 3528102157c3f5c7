/* stop.usable: stays stopped for ever. */
#define STOP { PolyaStatus stop_ = self->memory[0] ? POLYA_CANCELLED : call->stop(call); \
  if (stop_) { self->memory[0] = 1; return stop_; } }
#include "good_reward.h"
