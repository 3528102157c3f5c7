/* services.h - what a host may offer beyond PolyaCall: tables by id from host->service(), each may be NULL. */
#ifndef POLYA_SERVICES_H
#define POLYA_SERVICES_H

#include "model.h"

POLYA_BEGIN

/* Numbers for the run's metrics; names [a-z0-9_.], prefixed by the host with the instance. */
#define POLYA_METRICS "polya.host.metrics/1"
typedef struct PolyaMetrics {
  uint32_t struct_size, zero;
  void (*count)(const PolyaCall *call, PolyaText name, int64_t add);
  void (*gauge)(const PolyaCall *call, PolyaText name, double value);
  void (*observe)(const PolyaCall *call, PolyaText name, double value, PolyaText unit);
} PolyaMetrics;

#define POLYA_FILES "polya.host.files/1"
typedef struct PolyaFiles {
  uint32_t struct_size, zero;
  PolyaStatus (*scratch)(const PolyaCall *call, PolyaText *folder);               /* private, removed after the call */
  PolyaStatus (*cache)(const PolyaCall *call, PolyaText key, PolyaText *folder);  /* survives runs, may be wiped */
  PolyaStatus (*resource)(const PolyaCall *call, PolyaText name, PolyaText *path); /* beside the shared object */
} PolyaFiles;

#define POLYA_WORK "polya.host.work/1"
typedef struct PolyaWork {
  uint32_t struct_size, zero;
  /* runs body(user, i) for i in 0..<n on at most max_threads host threads; returns when all are done */
  PolyaStatus (*each)(const PolyaCall *call, uint64_t n, void *user, void (*body)(void *user, uint64_t i));
} PolyaWork;

#define POLYA_RANDOM "polya.host.random/1"
typedef struct PolyaRandom {
  uint32_t struct_size, zero;
  /* counter-based: a pure function of (call->seed, stream, index); fills n words */
  void (*fill)(const PolyaCall *call, uint64_t stream, uint64_t index, uint64_t *out, uint64_t n);
} PolyaRandom;

/* For a judge or an adherence reward: a model that the manifest bound to a POLYA_OPT_MODEL option. */
#define POLYA_MODELS "polya.host.models/1"
typedef struct PolyaModelRef PolyaModelRef;
typedef struct PolyaModels {
  uint32_t struct_size, zero;
  PolyaStatus (*open)(const PolyaCall *call, PolyaText bound_name, const PolyaModelRef **out); /* [control] in create() */
  PolyaStatus (*info)(const PolyaModelRef *model, const PolyaCall *call, PolyaModelInfo *out);
  PolyaStatus (*encode)(const PolyaModelRef *model, const PolyaCall *call, PolyaRows texts, PolyaRowsMut tokens);
  PolyaStatus (*generate)(const PolyaModelRef *model, const PolyaCall *call, const PolyaGenerate *in, PolyaRowsMut out);
  PolyaStatus (*score)(const PolyaModelRef *model, const PolyaCall *call, PolyaRows sequences, PolyaRowsMut out);
} PolyaModels;

POLYA_END
#endif
