/* deadly_reward.c - a reward that does to its process what the completion says: "crash", "exit", "hang", "eat", "shout", "babble". A good
 * row scores the first digit of its completion. */
#define _GNU_SOURCE
#include <polya/polya.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TEXT(s) { s, sizeof(s) - 1 }
#ifndef SHIFT
#define SHIFT 0 /* what one build scores more than another */
#endif

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) {
  (void)self;
  (void)call;
  out->high = 9;
  return POLYA_OK;
}
static int is(PolyaText text, const char *word) {
  return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}
static void misbehave(PolyaText what) {
  if (is(what, "crash")) abort();
  if (is(what, "exit")) exit(3);
  if (is(what, "speak")) {
    puts("last words");
    fflush(stdout);
    abort();
  }
  while (is(what, "hang")) usleep(1000);
  while (is(what, "shout")) puts("a line without end");
  while (is(what, "eat")) {
    char *memory = malloc(1 << 24);
    if (!memory) abort();
    memset(memory, 1, 1 << 24);
  }
}
static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < in.count; i++) {
    PolyaText completion = POLYA_ROW(PolyaRewardItem, in, i)->completion;
    PolyaRewardResult *row = POLYA_ROW_MUT(PolyaRewardResult, out, i);
    row->verdict = POLYA_VERDICT_SCORED; /* before the score: half a row must not count */
    misbehave(completion);
    while (is(completion, "babble")) call->log(call, POLYA_LOG_DEBUG, (PolyaText)TEXT("a line without end"));
    if (is(completion, "connect")) {
      int network = socket(AF_INET, SOCK_STREAM, 0), local = socket(AF_UNIX, SOCK_STREAM, 0);
      row->score = (network >= 0) + 2 * (local >= 0);
    } else {
      row->score = (completion.size ? completion.data[0] - '0' : 0) + SHIFT;
    }
    row->extracted = (PolyaText)TEXT("a constant of the module");
    if (MARKS) call->finished(call, i);
  }
  return POLYA_OK;
}

#define ID "deadly"
#define TITLE "Deadly"
#define SUMMARY "Breaks its process."
#include "reward_module.h"
