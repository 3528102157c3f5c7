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
static const PolyaReward reward = { sizeof reward, 0, describe, score };
static char nothing;
static PolyaStatus create(const PolyaPlugin *plugin, const PolyaCall *call, PolyaRows values, PolyaInstance **out) {
  (void)plugin;
  (void)call;
  (void)values;
  *out = (PolyaInstance *)&nothing;
  return POLYA_OK;
}
static void destroy(const PolyaPlugin *plugin, PolyaInstance *self) {
  (void)plugin;
  (void)self;
}
static const void *table(const PolyaPlugin *plugin, const char *id) {
  (void)plugin;
  return strcmp(id, POLYA_REWARD) ? NULL : (const void *)&reward;
}
static const PolyaPlugin plugin = {
  .struct_size = sizeof plugin, .concurrency = POLYA_CONCURRENT, .traits = TRAITS, .id = TEXT("org.example.deadly"),
  .kind = TEXT(POLYA_REWARD), .version = TEXT("1.0.0"), .title = TEXT("Deadly"), .summary = TEXT("Breaks its process."),
  .create = create, .destroy = destroy, .table = table,
};
static const PolyaPlugin *plugin_at(uint32_t index) { return index ? NULL : &plugin; }
static const PolyaModule module = {
  .struct_size = sizeof module, .magic = POLYA_MAGIC, .abi_major = POLYA_ABI_MAJOR, .abi_minor = POLYA_ABI_MINOR,
  .plugin_count = 1, .name = TEXT("deadly"), .version = TEXT("1.0.0"), .plugin_at = plugin_at,
};
const PolyaModule *polya_plugin_entry(const PolyaHost *host) {
  (void)host;
  return &module;
}
