/* group_reward.c - a reward whose score is how many answers of the row's group are in its call; "crash" aborts and
 * "nan" lies. A call takes at most 4 rows unless a group is larger. The extracted text tells the rows of the call. */
#include <math.h>
#include <polya/polya.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) { s, sizeof(s) - 1 }

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
static const PolyaReward reward = { sizeof reward, 0, describe, score };
static char nothing;
static PolyaStatus create(const PolyaPlugin *plugin, const PolyaCall *call, PolyaRows values, PolyaInstance **out) {
  (void)plugin, (void)call, (void)values;
  *out = (PolyaInstance *)&nothing;
  return POLYA_OK;
}
static void destroy(const PolyaPlugin *plugin, PolyaInstance *self) { (void)plugin, (void)self; }
static const void *table(const PolyaPlugin *plugin, const char *id) {
  (void)plugin;
  return strcmp(id, POLYA_REWARD) ? NULL : (const void *)&reward;
}
static const PolyaPlugin plugin = {
  .struct_size = sizeof plugin, .concurrency = POLYA_CONCURRENT, .traits = POLYA_TRAIT_WHOLE_GROUPS, .id = TEXT("org.example.group"),
  .kind = TEXT(POLYA_REWARD), .version = TEXT("1.0.0"), .title = TEXT("Group"), .summary = TEXT("Counts its group."),
  .create = create, .destroy = destroy, .table = table,
};
static const PolyaPlugin *plugin_at(uint32_t index) { return index ? NULL : &plugin; }
static const PolyaModule module = {
  .struct_size = sizeof module, .magic = POLYA_MAGIC, .abi_major = POLYA_ABI_MAJOR, .abi_minor = POLYA_ABI_MINOR,
  .plugin_count = 1, .name = TEXT("group"), .version = TEXT("1.0.0"), .plugin_at = plugin_at,
};
const PolyaModule *polya_plugin_entry(const PolyaHost *host) {
  (void)host;
  return &module;
}
