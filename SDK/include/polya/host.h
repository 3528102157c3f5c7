/* host.h - what the host hands to a plugin: itself, and one PolyaCall for every call. */
#ifndef POLYA_HOST_H
#define POLYA_HOST_H

#include "base.h"

POLYA_BEGIN

enum { POLYA_LOG_TRACE = 0, POLYA_LOG_DEBUG, POLYA_LOG_INFO, POLYA_LOG_WARN, POLYA_LOG_ERROR };

typedef struct PolyaHost PolyaHost;
typedef struct PolyaCall PolyaCall;

/* Valid from polya_plugin_entry() until the process ends. */
struct PolyaHost {
  uint32_t struct_size;
  uint16_t abi_major, abi_minor;
  PolyaText name, version;
  void *impl; /* host private */
  /* [any] One line for people. level: POLYA_LOG_; source: plugin id, or ""; both texts are borrowed for the call.
   * Cannot fail. */
  void (*log)(const PolyaHost *host, int32_t level, PolyaText source, PolyaText message);
  /* [any] The service table of an id, NUL-terminated (see services.h). NULL: this host has no such service, which
   * every plugin must expect. The table is the host's, constant until shutdown() returns. */
  const void *(*service)(const PolyaHost *host, const char *id);
};

/* One per call. Everything in it dies when the called function returns. All functions are [any], for every thread
 * that works for this call, and none of them ever unwinds. */
struct PolyaCall {
  uint32_t struct_size;
  uint32_t max_threads; /* threads this call may keep busy, itself included; >= 1 */
  uint64_t call_id;     /* for logs and traces */
  uint64_t seed;        /* with the item_id the only permitted source of randomness */
  int64_t  deadline_ns; /* CLOCK_MONOTONIC; INT64_MAX: none */
  const PolyaHost *host;
  void *impl;           /* host private */
  /* Zeroed memory that the host drops as a whole after it has read the results: never free it. align: a power of two
   * <= 64. NULL when the call's memory limit is hit, or align is none; what was given before stays valid. */
  void *(*alloc)(const PolyaCall *call, uint64_t size, uint64_t align);
  /* POLYA_OK, POLYA_CANCELLED or POLYA_TIMED_OUT; once it is not OK it stays so for this call. Poll between items and
   * at least every 50 ms, then return that status within 2 s: rows that are complete stay valid. */
  PolyaStatus (*stop)(const PolyaCall *call);
  /* Records why and returns `status`, so that a plugin can `return call->fail(call, status, why)`. For failing rows
   * call it once per row, in their order. why is borrowed. Cannot fail. */
  PolyaStatus (*fail)(const PolyaCall *call, PolyaStatus status, PolyaText why);
  /* As PolyaHost.log, under the name of the instance. */
  void (*log)(const PolyaCall *call, int32_t level, PolyaText message);
  /* Output row `row` is complete and will not be written again. Calling it is optional and may follow any order: rows
   * so marked are kept when the plugin crashes or hangs in a later one, and their progress holds off the deadline of
   * a plugin in its own process. A row past the end is ignored. Cannot fail. */
  void (*finished)(const PolyaCall *call, uint64_t row);
};

POLYA_STATIC_ASSERT(offsetof(PolyaHost, service) == 56, "PolyaHost 1.0");
POLYA_STATIC_ASSERT(offsetof(PolyaCall, finished) == 80, "PolyaCall 1.0");

POLYA_END
#endif
