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
  /* [any] source: plugin id, or "" */
  void (*log)(const PolyaHost *host, int32_t level, PolyaText source, PolyaText message);
  /* [any] service table by id (see services.h), NULL when absent; constant until shutdown() returns */
  const void *(*service)(const PolyaHost *host, const char *id);
};

/* One per call. Everything in it dies when the called function returns. All functions are [any]. */
struct PolyaCall {
  uint32_t struct_size;
  uint32_t max_threads; /* threads this call may keep busy, itself included; >= 1 */
  uint64_t call_id;     /* for logs and traces */
  uint64_t seed;        /* with the item_id the only permitted source of randomness */
  int64_t  deadline_ns; /* CLOCK_MONOTONIC; INT64_MAX: none */
  const PolyaHost *host;
  void *impl;           /* host private */
  /* Zeroed arena memory; align is a power of two <= 64. NULL when the call's memory limit is hit. */
  void *(*alloc)(const PolyaCall *call, uint64_t size, uint64_t align);
  /* 0, POLYA_CANCELLED or POLYA_TIMED_OUT. Poll between items and at least every 50 ms. */
  PolyaStatus (*stop)(const PolyaCall *call);
  /* total 0: unknown. The host rate-limits, call freely. */
  void (*progress)(const PolyaCall *call, uint64_t done, uint64_t total, PolyaText note);
  /* Records why and returns `status`, so that a plugin can `return call->fail(call, status, why)`. */
  PolyaStatus (*fail)(const PolyaCall *call, PolyaStatus status, PolyaText why);
  void (*log)(const PolyaCall *call, int32_t level, PolyaText message);
};

POLYA_STATIC_ASSERT(offsetof(PolyaHost, service) == 56, "PolyaHost 1.0");
POLYA_STATIC_ASSERT(offsetof(PolyaCall, log) == 80, "PolyaCall 1.0");

POLYA_END
#endif
