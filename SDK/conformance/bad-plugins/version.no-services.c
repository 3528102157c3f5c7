/* version.no-services: uses a host service without asking whether it is there. */
#include <stdint.h>
static uint64_t word;
#define ON_START ((const PolyaRandom *)the_host->service(the_host, POLYA_RANDOM))->fill(call, 0, 0, &word, 1)
#include "good_reward.h"
