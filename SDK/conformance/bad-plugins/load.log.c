/* load.log: says in each call what it does. */
#define ON_START call->log(call, POLYA_LOG_INFO, AS_TEXT("scoring"))
#include "good_reward.h"
