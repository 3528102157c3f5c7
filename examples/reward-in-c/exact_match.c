/* exact_match.c - a reward in C, from the headers alone: 1 when the trimmed completion equals the reference. */
#include <polya/polya.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) { s, sizeof(s) - 1 }

struct PolyaInstance {
  int fold_case;
  double wrong;
};

static int lower(int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }

static PolyaText trim(PolyaText t) {
  while (t.size && (unsigned char)t.data[0] <= ' ') { t.data++; t.size--; }
  while (t.size && (unsigned char)t.data[t.size - 1] <= ' ') t.size--;
  return t;
}

static int same(PolyaText a, PolyaText b, int fold_case) {
  if (a.size != b.size) return 0;
  for (uint64_t i = 0; i < a.size; i++) {
    int x = (unsigned char)a.data[i], y = (unsigned char)b.data[i];
    if (fold_case ? lower(x) != lower(y) : x != y) return 0;
  }
  return 1;
}

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) {
  (void)call;
  out->low = self->wrong;
  out->high = 1;
  return POLYA_OK;
}

static void judge(const PolyaInstance *self, const PolyaRewardItem *item, PolyaRewardResult *row) {
  if (!item->reference.size) { /* nothing to compare with is not "wrong" */
    row->verdict = POLYA_VERDICT_ABSTAIN;
    return;
  }
  PolyaText answer = trim(item->completion);
  row->verdict = POLYA_VERDICT_SCORED;
  row->score = same(answer, trim(item->reference), self->fold_case) ? 1 : self->wrong;
  row->confidence = 1;
  row->extracted = answer; /* a result may point into the call's own inputs */
}

static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  for (uint64_t i = 0; i < in.count; i++) {
    PolyaStatus stop = call->stop(call);
    if (stop) return stop;
    judge(self, POLYA_ROW(PolyaRewardItem, in, i), POLYA_ROW_MUT(PolyaRewardResult, out, i));
    call->finished(call, i);
  }
  return POLYA_OK;
}

static const PolyaReward reward = { sizeof reward, 0, describe, score };

static const PolyaOption options[] = {
  { .key = TEXT("fold-case"), .help = TEXT("Compare ASCII letters without case."), .type = POLYA_OPT_BOOL,
    .default_json = TEXT("false") },
  { .key = TEXT("wrong"), .help = TEXT("Score of a wrong answer."), .type = POLYA_OPT_REAL, .default_json = TEXT("0"),
    .real_min = -1, .real_max = 0 },
};

static PolyaStatus create(const PolyaPlugin *plugin, const PolyaCall *call, PolyaRows values, PolyaInstance **out) {
  (void)plugin;
  PolyaInstance *self = malloc(sizeof *self);
  if (!self) return call->fail(call, POLYA_OUT_OF_MEMORY, (PolyaText)TEXT("no memory for an instance"));
  self->fold_case = POLYA_ROW(PolyaValue, values, 0)->integer != 0;
  self->wrong = POLYA_ROW(PolyaValue, values, 1)->real;
  *out = self;
  return POLYA_OK;
}

static void destroy(const PolyaPlugin *plugin, PolyaInstance *self) {
  (void)plugin;
  free(self);
}

static const void *table(const PolyaPlugin *plugin, const char *id) {
  (void)plugin;
  return strcmp(id, POLYA_REWARD) ? NULL : (const void *)&reward;
}

static const PolyaPlugin plugin = {
  .struct_size = sizeof plugin, .id = TEXT("org.example.exact-match"),
  .kind = TEXT(POLYA_REWARD), .version = TEXT("1.0.0"), .title = TEXT("Exact match"),
  .summary = TEXT("1 when the trimmed completion equals the reference."),
  .options = { options, 2, sizeof options[0], 0 }, .create = create, .destroy = destroy, .table = table,
};

static const PolyaPlugin *plugin_at(uint32_t index) { return index ? NULL : &plugin; }

static const PolyaModule module = {
  .struct_size = sizeof module, .magic = POLYA_MAGIC, .abi_major = POLYA_ABI_MAJOR, .abi_minor = POLYA_ABI_MINOR,
  .plugin_count = 1, .name = TEXT("exact-match"), .version = TEXT("1.0.0"), .plugin_at = plugin_at,
};

const PolyaModule *polya_plugin_entry(const PolyaHost *host) {
  (void)host;
  return &module;
}
