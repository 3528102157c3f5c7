/* stop.during: asks whether to stop before the first two rows only, and works long on the others of a small batch. */
#define _POSIX_C_SOURCE 200809L
#include <time.h>
#define STOP \
  if (i < 2) { PolyaStatus stop_ = call->stop(call); if (stop_) return stop_; } \
  else if (in.count < 1000) nanosleep(&(struct timespec){ 0, 3000000 }, NULL);
#include "good_reward.h"
