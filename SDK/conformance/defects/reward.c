/* reward.c - a correct reward for one kind of reference only, "colour", so that the checker's own rows do not fit:
 * 1 when the completion ends in the reference. Each line of reward.txt defines macros that make it wrong. */
#define _GNU_SOURCE
#include "../bad-plugins/good_module.h"
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#define KIND POLYA_REWARD

#ifndef TOP /* before the functions */
#define TOP
#endif
#ifndef START /* of a call that has a row of its kind */
#define START
#endif
#ifndef BEFORE /* a row of its kind is judged */
#define BEFORE
#endif
#ifndef AFTER /* it was judged: changes the row */
#define AFTER
#endif
#ifndef END /* of a call that has a row of its kind */
#define END
#endif
#ifndef SCORE
#define SCORE right
#endif
#ifndef CONFIDENCE
#define CONFIDENCE 1
#endif
#ifndef COMPONENT
#define COMPONENT (double)right
#endif
#ifndef VERDICT
#define VERDICT POLYA_VERDICT_SCORED
#endif
#ifndef EXTRACTED
#define EXTRACTED item->completion
#endif
#ifndef NOTE
#define NOTE AS_TEXT("compared as text")
#endif
#ifndef SPAN
#define SPAN { 0, item->completion.size }
#endif
#ifndef DETAIL
#define DETAIL AS_TEXT("{\"way\":\"text\"}")
#endif
#ifndef STATUS
#define STATUS POLYA_OK
#endif
#ifndef LOW
#define LOW 0
#endif
#ifndef ROW
#define ROW POLYA_ROW(PolyaRewardItem, in, i)
#endif
#ifndef CHECKED /* whether it looks at what alloc() gives */
#define CHECKED 1
#endif

TOP

static const PolyaComponent components[] = { { TEXT("match"), TEXT("Whether it is right."), 0, 1 } };

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) {
  (void)self;
  (void)call;
  out->low = LOW;
  out->high = 1;
  out->components = (PolyaRows){ components, 1, sizeof components[0], 0 };
  return POLYA_OK;
}

static int is_mine(const PolyaRewardItem *item) { return equals(item->reference_kind, "colour"); }

static PolyaStatus judge(PolyaInstance *self, const PolyaCall *call, const PolyaRewardItem *item,
                         PolyaRewardResult *row, PolyaRows in, PolyaRowsMut out, uint64_t i) {
  (void)self; (void)in; (void)out; (void)i;
  if (!is_mine(item)) return call->fail(call, POLYA_BAD_ARGUMENT, AS_TEXT("the reference is no colour"));
  if (!item->reference.size) {
    row->verdict = POLYA_VERDICT_ABSTAIN;
    return POLYA_OK;
  }
  BEFORE;
  PolyaText text = item->completion, word = item->reference;
  int right = text.size >= word.size && !memcmp(text.data + (text.size - word.size), word.data, word.size);
  double *values = call->alloc(call, 2 * sizeof *values, 8);
  PolyaNote *note = call->alloc(call, sizeof *note, 8);
  if (CHECKED && (!values || !note)) return call->fail(call, POLYA_OUT_OF_MEMORY, AS_TEXT("arena"));
  *values = COMPONENT;
  *note = (PolyaNote){ AS_TEXT("compared"), NOTE, SPAN, POLYA_NOTE_INFO, 0 };
  row->components = values;
  row->score = SCORE;
  row->confidence = CONFIDENCE;
  row->extracted = EXTRACTED;
  row->notes = (PolyaRows){ note, 1, sizeof *note, 0 };
  row->detail_json = DETAIL;
  row->verdict = VERDICT;
  AFTER;
  return STATUS;
}

static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  int has_mine = 0;
  for (uint64_t i = 0; i < in.count; i++) has_mine |= is_mine(POLYA_ROW(PolyaRewardItem, in, i));
  if (has_mine) { START; }
  for (uint64_t i = 0; i < in.count; i++) {
    STOP;
    PolyaRewardResult *row = POLYA_ROW_MUT(PolyaRewardResult, out, i);
    row->status = judge(self, call, ROW, row, in, out, i);
    FINISHED;
  }
  if (has_mine) { END; }
  return POLYA_OK;
}

static const PolyaReward functions = { sizeof functions, 0, describe, score };
#include "../bad-plugins/good_end.h"
