/* stop.finished-rows: reports a row before it is written. */
#define ON_ROW call->finished(call, i)
#define FINISHED (void)0
#include "good_reward.h"
