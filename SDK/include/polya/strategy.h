/* strategy.h - "polya.strategy/1": how to approach a question.
 * Pure: a move is a function of the item and the seed; all state travels in `state`, so that a crashed or
 * migrated strategy loses nothing. */
#ifndef POLYA_STRATEGY_H
#define POLYA_STRATEGY_H

#include "plugin.h"

POLYA_BEGIN

typedef struct PolyaStrategyInfo {
  uint32_t struct_size, zero;
  PolyaRows heuristics;    /* PolyaHeuristic: what `heuristic` of an item may name; at least one */
} PolyaStrategyInfo;

/* A question in the hands of a strategy. */
typedef struct PolyaStrategyItem {
  uint64_t item_id;        /* with the call's seed the only source of randomness */
  PolyaText question;      /* bare, without any template */
  PolyaText heuristic;     /* one of describe()'s ids */
  PolyaRows exemplars;     /* PolyaExemplar: worked by this heuristic, from the task source; may be empty */
  PolyaRows transcript;    /* PolyaMessage: everything said so far, oldest first; empty on turn 0 */
  PolyaBytes state;        /* what the last move returned; empty on turn 0 */
  PolyaText metadata_json;     /* the task's metadata, a JSON object; may be empty */
  uint32_t turn, zero;     /* turns before this one */
  PolyaText reference;     /* what the answer of a CHECK that was wrong should have been; else empty */
} PolyaStrategyItem;

/* CHECK: `answer` stands when the verifier calls it right, and when it cannot tell; when it is wrong, another
 * turn follows, whose item knows the reference. The reference must not reach the training text but by reasoning. */
enum { POLYA_MOVE_ASK = 1, POLYA_MOVE_ANSWER = 2, POLYA_MOVE_GIVE_UP = 3, POLYA_MOVE_CHECK = 4 };
typedef struct PolyaStrategyMove {
  PolyaStatus status;
  uint32_t action;
  PolyaText phase;         /* "understand" "plan" "carry-out" "look-back", or the strategy's own word */
  PolyaRows messages;      /* PolyaMessage to append before asking the model */
  PolyaRows stop;          /* PolyaText */
  uint32_t max_tokens, zero; /* max_tokens 0: the pipeline's */
  double temperature;      /* negative: the pipeline's */
  PolyaText answer;        /* for ANSWER and CHECK: the solution alone; it becomes the training target of the bare question */
  PolyaBytes state;        /* at most 1 MiB */
} PolyaStrategyMove;

/* An answer whose parts are to be labeled. */
typedef struct PolyaAnswerItem {
  uint64_t item_id;        /* with the call's seed the only source of randomness */
  PolyaText question;      /* bare, without any template */
  PolyaText heuristic;     /* that the model was asked to follow; empty: none */
  PolyaText answer;        /* the solution alone */
} PolyaAnswerItem;

typedef struct PolyaSegmentation {
  PolyaStatus status;
  int32_t zero;
  PolyaRows segments;      /* PolyaSegment: ordered, disjoint, on code-point borders of the answer */
} PolyaSegmentation;

#define POLYA_STRATEGY "polya.strategy/1"
typedef struct PolyaStrategy {
  uint32_t struct_size, zero;
  /* Fills *out, which the host has zeroed but for struct_size; the same answer for the life of the instance.
   * On failure *out is not read. */
  PolyaStatus (*describe)(PolyaInstance *self, const PolyaCall *call, PolyaStrategyInfo *out);
  /* in: PolyaStrategyItem, out: PolyaStrategyMove, same count and order. A row's own status says that this row
   * has no move; the returned status is for a batch that is unusable as such, rows marked finished stay valid. */
  PolyaStatus (*next)(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out);
  /* Optional: which part of an answer follows which heuristic. in: PolyaAnswerItem, out: PolyaSegmentation, same count
   * and order. Fails as next() does; POLYA_UNSUPPORTED in a row: this instance labels no answers. */
  PolyaStatus (*segment)(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out);
} PolyaStrategy;

POLYA_END
#endif
