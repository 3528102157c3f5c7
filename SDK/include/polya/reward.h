/* reward.h - "polya.reward/1": how good is an answer. */
#ifndef POLYA_REWARD_H
#define POLYA_REWARD_H

#include "plugin.h"

POLYA_BEGIN

/* An answer to be judged. */
typedef struct PolyaRewardItem {
  uint64_t item_id;             /* with the call's seed the only source of randomness */
  uint64_t group_id;            /* samples of one question share it */
  PolyaText question;           /* bare, without any template */
  PolyaText completion;         /* what the model answered, invalid UTF-8 replaced by U+FFFD */
  PolyaBytes completion_raw;    /* as sampled, where that is not UTF-8; else empty */
  PolyaText reference;          /* the gold answer; empty: there is none, and most rewards abstain */
  PolyaText reference_kind;     /* how to read the reference: "", "math", "text", "heuristic", "unit-tests", ... */
  PolyaText metadata_json;          /* the task's metadata, a JSON object; may be empty */
  PolyaTokens tokens;           /* of the completion, in the ids of the model that wrote it; may be empty */
  const float *logprobs;        /* [tokens.count], or NULL: of the tokens, as they were sampled */
  PolyaRows transcript;         /* PolyaMessage: what the model was told before the completion; may be empty */
} PolyaRewardItem;

enum { POLYA_VERDICT_SCORED = 1, POLYA_VERDICT_ABSTAIN = 2 /* "cannot tell" is not "wrong" */ };
typedef struct PolyaRewardResult {
  PolyaStatus status;           /* of this row; not OK: no reward, never a zero reward */
  uint32_t verdict;
  double score;                 /* finite, inside [low, high] of describe() */
  double confidence;            /* 0..1; 0: not stated */
  const double *components;     /* [components of describe()], or NULL; NaN: absent */
  PolyaText extracted;          /* what was taken for the final answer */
  PolyaRows notes;              /* PolyaNote, spans into completion */
  PolyaText detail_json;
} PolyaRewardResult;

typedef struct PolyaComponent { PolyaText name, help; double low, high; } PolyaComponent;
typedef struct PolyaRewardInfo {
  uint32_t struct_size, max_batch; /* 0: any */
  double low, high;             /* low < high */
  PolyaRows components;         /* PolyaComponent */
} PolyaRewardInfo;

#define POLYA_REWARD "polya.reward/1"
typedef struct PolyaReward {
  uint32_t struct_size, zero;
  /* Fills *out, which the host has zeroed but for struct_size; the same answer for the life of the instance.
   * On failure *out is not read. */
  PolyaStatus (*describe)(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out);
  /* in: PolyaRewardItem, out: PolyaRewardResult, same count and order. A row's own status says that this row has
   * no verdict; the returned status is for a batch that is unusable as such, rows marked finished stay valid. */
  PolyaStatus (*score)(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out);
} PolyaReward;

POLYA_END
#endif
