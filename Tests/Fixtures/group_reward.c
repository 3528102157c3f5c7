/* group_reward.c - a reward whose score is how many answers of the row's group are in its call; "crash" aborts and
 * "nan" lies. A call takes at most 4 rows unless a group is larger. The extracted text tells the rows of the call. */
#include <math.h>
#include <polya/polya.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) {
  (void)self, (void)call;
  out->high = 1000;
  out->max_batch = 4;
  return POLYA_OK;
}
static int is(PolyaText text, const char *word) { return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0; }
static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < in.count; i++) {
    const PolyaRewardItem *item = POLYA_ROW(PolyaRewardItem, in, i);
    PolyaRewardResult *row = POLYA_ROW_MUT(PolyaRewardResult, out, i);
    if (is(item->completion, "crash")) abort();
    for (uint64_t j = 0; j < in.count; j++) row->score += POLYA_ROW(PolyaRewardItem, in, j)->group_id == item->group_id;
    if (is(item->completion, "nan")) row->score = NAN;
    row->verdict = POLYA_VERDICT_SCORED;
    char *text = call->alloc(call, 8, 1);
    if (text) row->extracted = (PolyaText){ text, (uint64_t)snprintf(text, 8, "%u", (unsigned)in.count) };
    if (MARKS) call->finished(call, i);
  }
  return POLYA_OK;
}

#define ID "group"
#define TITLE "Group"
#define SUMMARY "Counts its group."
#define TRAITS POLYA_TRAIT_WHOLE_GROUPS
#include "reward_module.h"
