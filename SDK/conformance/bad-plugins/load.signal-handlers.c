/* load.signal-handlers: installs a handler for SIGUSR1. */
#define _DEFAULT_SOURCE
#include <signal.h>
static void handler(int number) { (void)number; }
#define ON_ENTRY signal(SIGUSR1, handler)
#include "good_reward.h"
