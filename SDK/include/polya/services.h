/* services.h - what the host offers beyond PolyaCall: tables by id from host->service(). A host of another minor
 * version may have fewer: NULL must be expected. */
#ifndef POLYA_SERVICES_H
#define POLYA_SERVICES_H

#include "host.h"

POLYA_BEGIN

#define POLYA_RANDOM "polya.host.random/1"
typedef struct PolyaRandom {
  uint32_t struct_size, zero;
  /* [any] Counter-based: a pure function of (call->seed, stream, index); fills n words of the plugin's. Cannot fail. */
  void (*fill)(const PolyaCall *call, uint64_t stream, uint64_t index, uint64_t *out, uint64_t n);
} PolyaRandom;

POLYA_END
#endif
