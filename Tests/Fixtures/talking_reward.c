/* talking_reward.c - a reward that logs LINES warnings for each row (MESSAGE, or its number where NUMBERED), whose title
 * and component hold what a terminal would obey. Judges whole groups where GROUPS: the score is the size of the call. */
#include <polya/polya.h>
#include <stdio.h>
#include <string.h>

#define TEXT(s) { s, sizeof(s) - 1 }
#ifndef LINES
#define LINES 1
#endif
#ifndef MESSAGE
#define MESSAGE "a \x1b[31mred\x1b[0m word"
#endif
#ifndef GROUPS
#define GROUPS 0
#endif

static const PolyaComponent components[] = { { .name = TEXT("part\x1b[2J") } };
static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) {
  (void)self;
  (void)call;
  out->low = 0;
  out->high = 1e6;
  out->components = (PolyaRows){ components, 1, sizeof *components, 0 };
  return POLYA_OK;
}
static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  (void)self;
  char text[64];
  for (uint64_t i = 0; i < in.count; i++) {
    PolyaRewardResult *row = POLYA_ROW_MUT(PolyaRewardResult, out, i);
    row->verdict = POLYA_VERDICT_SCORED;
    row->score = GROUPS ? (double)in.count : 1;
    for (int line = 0; line < LINES; line++) {
#ifdef NUMBERED
      snprintf(text, sizeof text, "row %d line %d", (int)i, line);
#else
      snprintf(text, sizeof text, "%s", MESSAGE);
#endif
      call->log(call, POLYA_LOG_WARN, (PolyaText){ text, strlen(text) });
    }
  }
  return POLYA_OK;
}

#define ID "talking"
#define TITLE "Talk\x1b]0;owned\x07ing"
#define SUMMARY "Says \xc2\x9b" "31m \xe2\x80\xae much."
#define TRAITS (GROUPS ? POLYA_TRAIT_WHOLE_GROUPS : 0)
#include "reward_module.h"
