/* saying_reward.c - fills every field of a verdict, or breaks the contract in one of them: the completion says what. */
#include <polya/polya.h>
#include <string.h>

#define TEXT(s) { s, sizeof(s) - 1 }
static int is(PolyaText text, const char *word) {
  return text.size == strlen(word) && !memcmp(text.data, word, text.size);
}

static const PolyaComponent parts[] = {
  { TEXT("form"), TEXT(""), 0, 1 },
  { TEXT("speed"), TEXT(""), 0, 1 },
};
static const double values[] = { 0.5, 0.25 };
static const PolyaNote notes[] = {
  { TEXT("short"), TEXT("The answer is short."), { 2, 5 }, POLYA_NOTE_WARNING, 0 },
  { TEXT(""), TEXT("Read as a number."), { 0, 0 }, POLYA_NOTE_INFO, 0 },
  { TEXT("unit"), TEXT("The unit is missing."), { 0, 1 }, POLYA_NOTE_FAULT, 0 },
};
static const PolyaNote outside = { TEXT("out"), TEXT("Outside."), { 2, 500 }, POLYA_NOTE_INFO, 0 };

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) {
  (void)self, (void)call;
  out->low = -1;
  out->high = 1;
  out->components = (PolyaRows){ parts, 2, sizeof *parts, 0 };
  return POLYA_OK;
}

static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  (void)self, (void)call;
  static const PolyaText details = TEXT("{\"steps\": [1, 2]}"), broken = TEXT("{\"steps\": ");
  static const PolyaText extracted = TEXT("4");
  for (uint64_t i = 0; i < in.count; i++) {
    const PolyaText word = POLYA_ROW(PolyaRewardItem, in, i)->completion;
    PolyaRewardResult *row = POLYA_ROW_MUT(PolyaRewardResult, out, i);
    if (is(word, "too slow")) {
      row->status = POLYA_TIMED_OUT;
      continue;
    }
    row->verdict = is(word, "unsure") ? POLYA_VERDICT_ABSTAIN : POLYA_VERDICT_SCORED;
    row->score = 0.25;
    if (is(word, "bare")) continue;
    row->confidence = is(word, "overconfident") ? 1.5 : 0.75;
    row->components = values;
    row->extracted = extracted;
    row->detail_json = is(word, "broken") ? broken : details;
    row->notes = (PolyaRows){ is(word, "outside") ? &outside : notes, is(word, "outside") ? 1 : 3, sizeof *notes, 0 };
  }
  return POLYA_OK;
}

#define ID "saying"
#define TITLE "Saying"
#define SUMMARY "Says all that a verdict can say."
#include "reward_module.h"
