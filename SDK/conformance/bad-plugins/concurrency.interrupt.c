/* concurrency.interrupt: stays interrupted for ever. */
#define INTERRUPT interrupt
#define ON_START if (self->memory[0]) return POLYA_CANCELLED
#include <polya/polya.h>
static void interrupt(const PolyaPlugin *plugin, PolyaInstance *instance) {
  (void)plugin;
  *(uint64_t *)(void *)instance = 1;
}
#include "good_reward.h"
