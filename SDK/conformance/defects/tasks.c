/* tasks.c - a correct task source whose first thousand places cannot be had, so that the checker's own do not fit: sums, with
 * splits that are disjoint by parity. Each line of tasks.txt defines macros that make it wrong. */
#include "../bad-plugins/good_module.h"
#include <stdio.h>
#include <unistd.h>
#define KIND POLYA_TASKS

#ifndef BEFORE /* a task */
#define BEFORE
#endif
#ifndef KEY_INDEX
#define KEY_INDEX index
#endif
#ifndef FIRST
#define FIRST (2 * (index + seed * 100000) + (unsigned)is_test)
#endif
#ifndef SECOND
#define SECOND 4
#endif
#ifndef QUESTION
#define QUESTION (PolyaText){ question, strlen(question) }
#endif
#ifndef LEVEL
#define LEVEL 1
#endif
#ifndef SOLUTION
#define SOLUTION AS_TEXT("Add both.")
#endif
#ifndef PAST_END
#define PAST_END (is_test && index >= 5000)
#endif

static const PolyaSplit splits[] = {
  { TEXT("train"), TEXT("to learn from"), 0, 0, 0 }, { TEXT("test"), TEXT("to measure"), 5000, 0, 0 },
};
static const PolyaHeuristic heuristics[] = { { TEXT("plain"), TEXT("control"), TEXT("Plain"), TEXT("Just do it.") } };

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaTasksInfo *out) {
  (void)self;
  (void)call;
  out->splits = (PolyaRows){ splits, 2, sizeof splits[0], 0 };
  out->heuristics = (PolyaRows){ heuristics, 1, sizeof heuristics[0], 0 };
  return POLYA_OK;
}

static PolyaStatus task(const PolyaCall *call, PolyaText split, uint64_t index, uint64_t seed, PolyaTask *row) {
  int is_test = equals(split, "test");
  if (!is_test && !equals(split, "train")) return call->fail(call, POLYA_NOT_FOUND, AS_TEXT("no such split"));
  if (PAST_END) return call->fail(call, POLYA_NOT_FOUND, AS_TEXT("past the end of the split"));
  if (index < 1000) return call->fail(call, POLYA_IO, AS_TEXT("this part of the data is elsewhere"));
  BEFORE;
  char *key = call->alloc(call, 64, 1), *question = call->alloc(call, 128, 1);
  if (!key || !question) return call->fail(call, POLYA_OUT_OF_MEMORY, AS_TEXT("arena"));
  snprintf(key, 64, "%s-%llu-%llu", is_test ? "test" : "train", (unsigned long long)seed,
           (unsigned long long)(KEY_INDEX));
  snprintf(question, 128, "How much is %llu + %d?", (unsigned long long)(FIRST), (int)(SECOND));
  row->key = (PolyaText){ key, strlen(key) };
  row->question = QUESTION;
  row->reference_kind = AS_TEXT("math");
  row->level = LEVEL;
  return POLYA_OK;
}

static PolyaStatus produce(PolyaInstance *self, const PolyaCall *call, const PolyaTaskRange *in, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < in->count; i++) {
    STOP;
    PolyaTask *row = POLYA_ROW_MUT(PolyaTask, out, i);
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
    if (item->index < 1000) row->status = call->fail(call, POLYA_IO, AS_TEXT("this part of the data is elsewhere"));
    else if (equals(item->heuristic, "plain")) row->solution = SOLUTION;
    else row->status = POLYA_UNSUPPORTED;
    FINISHED;
  }
  return POLYA_OK;
}

static const PolyaTasks functions = { sizeof functions, 0, describe, produce, demonstrate };
#include "../bad-plugins/good_end.h"
