/* services.h - what the host offers beyond PolyaCall: tables by id from host->service(). A host of another minor
 * version may have fewer: NULL must be expected. */
#ifndef POLYA_SERVICES_H
#define POLYA_SERVICES_H

#include "model.h"

POLYA_BEGIN

#define POLYA_RANDOM "polya.host.random/1"
typedef struct PolyaRandom {
  uint32_t struct_size, zero;
  /* [any] Counter-based: a pure function of (call->seed, stream, index); fills n words of the plugin's. Cannot fail. */
  void (*fill)(const PolyaCall *call, uint64_t stream, uint64_t index, uint64_t *out, uint64_t n);
} PolyaRandom;

/* The models that an instance's own MODEL options name; model: the name that arrived there. Each model is made once
 * and shared by all that name it. Results lie in the memory of `call`. A failure is that of the whole call of
 * the service and is no failure of the plugin's call: the plugin decides, and may hand reason() to call->fail. All
 * functions are [any] and wait for each other. Not served during create(): then they answer POLYA_UNSUPPORTED. */
#define POLYA_MODELS "polya.host.models/1"
typedef struct PolyaModels {
  uint32_t struct_size, zero;
  /* Fills *out, which the plugin has zeroed but for struct_size. */
  PolyaStatus (*info)(const PolyaCall *call, PolyaText model, PolyaModelInfo *out);
  /* As PolyaModel.encode. */
  PolyaStatus (*encode)(const PolyaCall *call, PolyaText model, PolyaRows texts, PolyaRowsMut tokens);
  /* As PolyaModel.render; the joined contents, encoded, when the model has no chat template. */
  PolyaStatus (*render)(const PolyaCall *call, PolyaText model, PolyaRows chats, PolyaRowsMut tokens);
  /* As PolyaModel.generate. */
  PolyaStatus (*generate)(const PolyaCall *call, PolyaText model, PolyaRows prompts, PolyaRowsMut out);
  /* As PolyaModel.score; the arrays of out are the plugin's. */
  PolyaStatus (*score)(const PolyaCall *call, PolyaText model, PolyaRows sequences, PolyaRowsMut out);
  /* Why the last of these failed in this call; empty: none did. */
  PolyaText (*reason)(const PolyaCall *call);
} PolyaModels;

POLYA_END
#endif
