/* length_reward.c - scores the length of a completion modulo 7, divided by SCALE: tells rollouts of an untrained model
 * apart. With NEEDS_TRANSCRIPT a row fails unless it comes with one that ends with a user's "Answer:". */
#include <polya/polya.h>
#include <string.h>

#define TEXT(s) { s, sizeof(s) - 1 }
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
    row->verdict = POLYA_VERDICT_SCORED;
    row->score = (double)(POLYA_ROW(PolyaRewardItem, in, i)->completion_raw.size % 7) / 6 / SCALE;
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
  .struct_size = sizeof plugin, .concurrency = POLYA_CONCURRENT, .id = TEXT("org.example.length"),
  .kind = TEXT(POLYA_REWARD), .version = TEXT("1.0.0"), .title = TEXT("Length"), .summary = TEXT("Length modulo 7."),
  .create = create, .destroy = destroy, .table = table,
};
static const PolyaPlugin *plugin_at(uint32_t index) { return index ? NULL : &plugin; }
static const PolyaModule module = {
  .struct_size = sizeof module, .magic = POLYA_MAGIC, .abi_major = POLYA_ABI_MAJOR, .abi_minor = POLYA_ABI_MINOR,
  .plugin_count = 1, .name = TEXT("length"), .version = TEXT("1.0.0"), .plugin_at = plugin_at,
};
const PolyaModule *polya_plugin_entry(const PolyaHost *host) {
  (void)host;
  return &module;
}
