/* bad_plugin.c - one reward that breaks the contract in the way BREAK names; the host must say how. */
#include <polya/polya.h>
#include <math.h>
#include <string.h>

#define TEXT(s) { s, sizeof(s) - 1 }
enum { WRONG_MAGIC = 1, NEWER_MAJOR, NEEDS_NEWER_MINOR, SHORT_MODULE, NO_PLUGIN, NO_TABLE, REFUSES, CREATE_FAILS, NULL_INSTANCE,
       BAD_RANGE, OUT_OF_RANGE, NOT_A_NUMBER, NO_VERDICT, BAD_UTF8, WILD_SIZE, ROW_FAILS, CALL_FAILS, WILD_ALLOCATION, NOTHING };

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) {
  (void)self; (void)call;
  out->low = BREAK == BAD_RANGE ? 2 : 0;
  out->high = 1;
  return POLYA_OK;
}

static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  (void)self;
  if (BREAK == CALL_FAILS) return call->fail(call, POLYA_IO, (PolyaText)TEXT("the disk is gone"));
  if (BREAK == WILD_ALLOCATION && !call->alloc(call, UINT64_MAX, 8) && !call->alloc(call, UINT64_C(1) << 40, 8) &&
      !call->alloc(call, 8, UINT64_MAX))
    return call->fail(call, POLYA_OUT_OF_MEMORY, (PolyaText)TEXT("refused as it should be"));
  for (uint64_t i = 0; i < in.count; i++) {
    PolyaRewardResult *row = POLYA_ROW_MUT(PolyaRewardResult, out, i);
    if (BREAK == ROW_FAILS && i == 1) {
      row->status = call->fail(call, POLYA_TIMED_OUT, (PolyaText)TEXT("too slow on this one"));
      continue;
    }
    row->verdict = BREAK == NO_VERDICT ? 0 : POLYA_VERDICT_SCORED;
    row->score = BREAK == OUT_OF_RANGE ? 7 : BREAK == NOT_A_NUMBER ? NAN : 1;
    if (BREAK == BAD_UTF8) row->extracted = (PolyaText)TEXT("\xff\xfe");
    if (BREAK == WILD_SIZE) row->extracted = (PolyaText){ "x", UINT64_MAX };
  }
  return POLYA_OK;
}

static const PolyaReward reward = { sizeof reward, 0, describe, score };
static char nothing;

static PolyaStatus create(const PolyaPlugin *plugin, const PolyaCall *call, PolyaRows values, PolyaInstance **out) {
  (void)plugin; (void)values;
  if (BREAK == CREATE_FAILS) return call->fail(call, POLYA_BAD_OPTION, (PolyaText)TEXT("no license file"));
  if (BREAK != NULL_INSTANCE) *out = (PolyaInstance *)&nothing;
  return POLYA_OK;
}
static void destroy(const PolyaPlugin *plugin, PolyaInstance *self) { (void)plugin; (void)self; }
static const void *table(const PolyaPlugin *plugin, const char *id) {
  (void)plugin;
  return BREAK == NO_TABLE || strcmp(id, POLYA_REWARD) ? NULL : (const void *)&reward;
}

static const PolyaPlugin plugin = {
  .struct_size = sizeof plugin, .id = TEXT("org.example.bad"), .kind = TEXT(POLYA_REWARD),
  .version = TEXT("1.0.0"), .title = TEXT("Bad"), .summary = TEXT("Breaks the contract."), .create = create,
  .destroy = destroy, .table = table,
};
static const PolyaPlugin *plugin_at(uint32_t index) { return index || BREAK == NO_PLUGIN ? NULL : &plugin; }
static const PolyaModule module = {
  .struct_size = BREAK == SHORT_MODULE ? 8 : sizeof module, .magic = BREAK == WRONG_MAGIC ? 0x1234 : POLYA_MAGIC,
  .abi_major = BREAK == NEWER_MAJOR ? 2 : POLYA_ABI_MAJOR, .abi_minor = POLYA_ABI_MINOR,
  .needs_minor = BREAK == NEEDS_NEWER_MINOR ? 7 : 0, .plugin_count = 1, .name = TEXT("bad"), .version = TEXT("1.0.0"),
  .plugin_at = plugin_at,
};
const PolyaModule *polya_plugin_entry(const PolyaHost *host) {
  if (BREAK == REFUSES) { host->log(host, POLYA_LOG_ERROR, (PolyaText)TEXT("bad"), (PolyaText)TEXT("not today")); return NULL; }
  return &module;
}
