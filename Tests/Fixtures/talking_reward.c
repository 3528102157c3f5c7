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
  .struct_size = sizeof plugin, .concurrency = POLYA_CONCURRENT, .id = TEXT("org.example.talking"),
  .kind = TEXT(POLYA_REWARD), .version = TEXT("1.0.0"), .title = TEXT("Talk\x1b]0;owned\x07ing"),
  .summary = TEXT("Says \xc2\x9b" "31m \xe2\x80\xae much."), .create = create, .destroy = destroy, .table = table,
  .traits = GROUPS ? POLYA_TRAIT_WHOLE_GROUPS : 0,
};
static const PolyaPlugin *plugin_at(uint32_t index) { return index ? NULL : &plugin; }
static const PolyaModule module = {
  .struct_size = sizeof module, .magic = POLYA_MAGIC, .abi_major = POLYA_ABI_MAJOR, .abi_minor = POLYA_ABI_MINOR,
  .plugin_count = 1, .name = TEXT("talking"), .version = TEXT("1.0.0"), .plugin_at = plugin_at,
};
const PolyaModule *polya_plugin_entry(const PolyaHost *host) {
  (void)host;
  return &module;
}
