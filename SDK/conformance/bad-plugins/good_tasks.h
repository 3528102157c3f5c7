/* good_tasks.h - a correct task source: sums, one bounded split and one without an end. */
#include "good_module.h"
#define KIND POLYA_TASKS
#include <stdio.h>

#ifndef SPLITS
#define SPLITS { TEXT("train"), TEXT("to learn from"), 0, 0, 0 }, { TEXT("test"), TEXT("to measure"), 50, 0, 0 }
#endif
#ifndef PAST_END
#define PAST_END (is_test && index >= 50)
#endif
#ifndef UNKNOWN_SPLIT
#define UNKNOWN_SPLIT (!is_test && !equals(split, "train"))
#endif
#ifndef KEY_INDEX
#define KEY_INDEX index
#endif
#ifndef KEY
#define KEY key
#endif
#ifndef FIRST /* the splits are disjoint by the parity of the first number */
#define FIRST (2 * (index + seed * 100000) + (unsigned)is_test)
#endif
#ifndef SECOND
#define SECOND 4
#endif
#ifndef SOLUTION
#define SOLUTION AS_TEXT("Add both.")
#endif
#ifndef FITS
#define FITS (known || equals(item->heuristic, "check"))
#endif

static const PolyaSplit splits[] = { SPLITS };
static const PolyaHeuristic heuristics[] = {
  { TEXT("plain"), TEXT("control"), TEXT("Plain"), TEXT("Just do it.") },
  { TEXT("check"), TEXT("test"), TEXT("Check"), TEXT("Check it.") },
};

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaTasksInfo *out) {
  (void)self;
  (void)call;
  out->splits = (PolyaRows){ splits, sizeof splits / sizeof splits[0], sizeof splits[0], 0 };
  out->heuristics = (PolyaRows){ heuristics, 2, sizeof heuristics[0], 0 };
  return POLYA_OK;
}

static PolyaStatus task(const PolyaCall *call, PolyaText split, uint64_t index, uint64_t seed, PolyaTask *row) {
  int is_test = equals(split, "test");
  if (UNKNOWN_SPLIT) return call->fail(call, POLYA_NOT_FOUND, AS_TEXT("no such split"));
  if (PAST_END) return call->fail(call, POLYA_NOT_FOUND, AS_TEXT("past the end of the split"));
  char *key = call->alloc(call, 64, 1), *question = call->alloc(call, 128, 1);
  if (!key || !question) return call->fail(call, POLYA_OUT_OF_MEMORY, AS_TEXT("arena"));
  snprintf(key, 64, "%s-%llu-%llu", is_test ? "test" : "train", (unsigned long long)seed,
      (unsigned long long)(KEY_INDEX));
  snprintf(question, 128, "How much is %llu + %d?", (unsigned long long)(FIRST), (int)(SECOND));
  row->key = (PolyaText){ key, strlen(KEY) };
  row->question = (PolyaText){ question, strlen(question) };
  row->reference_kind = AS_TEXT("math");
  row->level = 1;
  return POLYA_OK;
}

static PolyaStatus produce(PolyaInstance *self, const PolyaCall *call, const PolyaTaskRange *in, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < in->count; i++) {
    STOP;
    PolyaTask *row = POLYA_ROW_MUT(PolyaTask, out, i);
#ifdef FAR_INDEX
    FAR_INDEX;
#endif
    row->status = task(call, in->split, in->first + i, in->seed, row);
    FINISHED;
  }
  return POLYA_OK;
}

static PolyaStatus demonstrate(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < in.count; i++) {
    STOP;
    const PolyaDemonstrationItem *item = POLYA_ROW(PolyaDemonstrationItem, in, i);
    PolyaDemonstration *row = POLYA_ROW_MUT(PolyaDemonstration, out, i);
    int known = equals(item->heuristic, "plain");
    if (FITS) row->solution = SOLUTION;
    else row->status = POLYA_UNSUPPORTED;
    FINISHED;
  }
  return POLYA_OK;
}

static const PolyaTasks functions = { sizeof functions, 0, describe, produce, demonstrate };
#include "good_end.h"
