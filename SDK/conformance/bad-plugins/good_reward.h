/* good_reward.h - a correct reward: 1 when the completion contains the reference, with a note on its first byte. */
#include "good_module.h"
#define KIND POLYA_REWARD

#ifndef LOW
#define LOW 0
#endif
#ifndef SCORE /* of a row that has a reference */
#define SCORE right
#endif
#ifndef VERDICT
#define VERDICT POLYA_VERDICT_SCORED
#endif
#ifndef CONFIDENCE
#define CONFIDENCE 1
#endif
#ifndef COMPONENT
#define COMPONENT (double)right
#endif
#ifndef EXTRACTED
#define EXTRACTED item->completion
#endif
#ifndef NOTE_SPAN
#define NOTE_SPAN { 0, 0 }
#endif
#ifndef CALL_COPY /* size of a copy of the completion in the arena, that is checked */
#define CHECKED(p) (p)
#endif

static const PolyaComponent components[] = { { TEXT("match"), TEXT("Whether it is right."), 0, 1 } };
static const PolyaNote notes[] = { { TEXT("compared"), TEXT("compared as text"), NOTE_SPAN, POLYA_NOTE_INFO, 0 } };

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) {
  (void)self;
  (void)call;
  out->low = LOW;
  out->high = 1;
  out->components = (PolyaRows){ components, 1, sizeof components[0], 0 };
  return POLYA_OK;
}

static int matches(PolyaText text, PolyaText word) {
  return word.size && text.size >= word.size && !memcmp(text.data + (text.size - word.size), word.data, word.size);
}

static PolyaStatus judge(PolyaInstance *self, const PolyaCall *call, const PolyaRewardItem *item,
    PolyaRewardResult *row,
                         PolyaRows in, uint64_t i) {
  (void)self; (void)in; (void)i;
  if (!item->reference.size) {
    row->verdict = POLYA_VERDICT_ABSTAIN;
    return POLYA_OK;
  }
  int right = matches(item->completion, item->reference);
  double *values = call->alloc(call, sizeof *values, 8);
#ifndef UNCHECKED
  if (!values) return call->fail(call, POLYA_OUT_OF_MEMORY, AS_TEXT("arena"));
#endif
  *values = COMPONENT;
  row->components = values;
  row->score = SCORE;
  row->confidence = CONFIDENCE;
  row->extracted = EXTRACTED;
  row->notes = (PolyaRows){ notes, item->completion.size ? 1 : 0, sizeof notes[0], 0 };
  row->verdict = VERDICT;
  return POLYA_OK;
}

#ifndef ITEM
#define ITEM POLYA_ROW(PolyaRewardItem, in, i)
#endif

static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  ON_START;
  for (uint64_t i = 0; i < in.count; i++) {
    STOP;
    const PolyaRewardItem *item = ITEM;
    PolyaRewardResult *row = POLYA_ROW_MUT(PolyaRewardResult, out, i);
    ON_ROW;
    row->status = judge(self, call, item, row, in, i);
    AFTER_ROW;
    FINISHED;
  }
  BEFORE_RETURN;
  return POLYA_OK;
}

#ifndef FUNCTIONS
#define FUNCTIONS { sizeof(PolyaReward), 0, describe, score }
#endif
static const PolyaReward functions = FUNCTIONS;
#include "good_end.h"
