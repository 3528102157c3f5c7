/* overlapping_reward.c - scores 1 as long as no other call is in the module, whichever instance it is of. */
#define _DEFAULT_SOURCE
#include <polya/polya.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) {
  (void)self, (void)call;
  out->high = 1;
  return POLYA_OK;
}

static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  static atomic_int inside;
  (void)self, (void)call;
  const int others = atomic_fetch_add(&inside, 1);
  usleep(20000);
  const int alone = others == 0 && atomic_load(&inside) == 1;
  atomic_fetch_sub(&inside, 1);
  for (uint64_t i = 0; i < in.count; i++) {
    PolyaRewardResult *row = POLYA_ROW_MUT(PolyaRewardResult, out, i);
    row->verdict = POLYA_VERDICT_SCORED;
    row->score = alone;
  }
  return POLYA_OK;
}

#define ID "overlapping"
#define TITLE "Overlapping"
#define SUMMARY "Sees other calls of its module."
#include "reward_module.h"
