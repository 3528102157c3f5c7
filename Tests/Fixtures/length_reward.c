/* length_reward.c - scores the length of a completion modulo 7, divided by SCALE: tells rollouts of an untrained model
 * apart. With ABSTAINS it gives no verdict; with NEEDS_TRANSCRIPT a row fails unless it comes with one that ends with a user's "Answer:". */
#include <polya/polya.h>
#include <string.h>

#ifndef SCALE
#define SCALE 1
#endif

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) {
  (void)self;
  (void)call;
  out->high = 1;
  return POLYA_OK;
}
static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  (void)self;
  (void)call;
  for (uint64_t i = 0; i < in.count; i++) {
    PolyaRewardResult *row = POLYA_ROW_MUT(PolyaRewardResult, out, i);
#ifdef NEEDS_TRANSCRIPT
    const PolyaRows told = POLYA_ROW(PolyaRewardItem, in, i)->transcript;
    const PolyaMessage *last = told.count ? POLYA_ROW(PolyaMessage, told, told.count - 1) : NULL;
    if (!last || last->role.size != 4 || last->content.size < 7 ||
        memcmp(last->content.data + last->content.size - 7, "Answer:", 7)) {
      row->status = POLYA_BAD_ARGUMENT;
      continue;
    }
#endif
#ifdef ABSTAINS
    row->verdict = POLYA_VERDICT_ABSTAIN;
    continue;
#endif
    row->verdict = POLYA_VERDICT_SCORED;
    const PolyaRewardItem *item = POLYA_ROW(PolyaRewardItem, in, i);
    const uint64_t size = item->completion_raw.size ? item->completion_raw.size : item->completion.size;
    row->score = (double)(size % 7) / 6 / SCALE;
  }
  return POLYA_OK;
}

#define ID "length"
#define TITLE "Length"
#define SUMMARY "Length modulo 7."
#include "reward_module.h"
