/* lying_plugins.c - a reward, a strategy and a source of tasks that keep to the contract but for the rows whose text
 * names a lie. To add a lie: a line in the function of its role here, and a line in LyingPluginTests.swift. */
#include <math.h>
#include <polya/polya.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) { s, sizeof(s) - 1 }
#define WILD ((const void *)0x18)

static _Alignas(8) char room[2 << 20];
static const PolyaMessage message = { TEXT("user"), TEXT("hello") }, broken_message = { TEXT("user"), TEXT("\xC3\x28") },
                          null_message = { TEXT("user"), { NULL, 5 } }, wild_message = { TEXT("user"), { WILD, 5 } };
static const PolyaNote note = { .message = TEXT("fine") }, broken_note = { .message = TEXT("\xff") },
                       wild_note = { .message = { WILD, 9 } };
static const PolyaText stop = TEXT("."), broken_stop = TEXT("\xed\xa0\x80");

static int is(PolyaText text, const char *word) { return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0; }
#define ROWS(p) ((PolyaRows){ (p), 1, sizeof *(p), 0 })
/* One byte behind where such rows may stand. */
static const void *crooked(const void *row, size_t size) { return memcpy(room + 1, row, size); }

static PolyaStatus describe_reward(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) {
  static const PolyaComponent component = { TEXT("part"), TEXT("a part"), 0, 9 };
  (void)self, (void)call;
  out->high = 9;
  out->components = ROWS(&component);
  return POLYA_OK;
}
static void lie_as_reward(PolyaText what, PolyaRewardResult *row) {
  static const double infinite = INFINITY, half = 0.5;
  if (is(what, "nan")) row->score = NAN;
  if (is(what, "infinite")) row->score = INFINITY;
  if (is(what, "too-high")) row->score = 9.5;
  if (is(what, "too-low")) row->score = -1;
  if (is(what, "no-verdict")) row->verdict = 0;
  if (is(what, "odd-verdict")) row->verdict = 99;
  if (is(what, "null-text")) row->extracted = (PolyaText){ NULL, 5 };
  if (is(what, "huge-text")) row->extracted = (PolyaText){ "x", UINT64_MAX };
  if (is(what, "large-text")) row->extracted = (PolyaText){ "x", (UINT64_C(1) << 30) + 1 };
  if (is(what, "broken-text")) row->extracted = (PolyaText)TEXT("\xff\xfe");
  if (is(what, "broken-note")) row->notes = ROWS(&broken_note);
  if (is(what, "null-notes")) row->notes = (PolyaRows){ NULL, 3, sizeof note, 0 };
  if (is(what, "short-notes")) row->notes = (PolyaRows){ &note, 1, 8, 0 };
  if (is(what, "many-notes")) row->notes = (PolyaRows){ &note, UINT64_C(1) << 40, sizeof note, 0 };
  if (is(what, "wide-notes")) row->notes = (PolyaRows){ &note, 1, UINT32_MAX, 0 };
  if (is(what, "crooked-notes")) row->notes = (PolyaRows){ crooked(&note, sizeof note), 1, sizeof note, 0 };
  if (is(what, "crooked-components")) row->components = (const double *)crooked(&half, sizeof half);
  if (is(what, "infinite-component")) row->components = &infinite;
  if (is(what, "odd-status")) row->status = 99;
  if (is(what, "negative-status")) row->status = -7;
  if (is(what, "wild-text")) row->extracted = (PolyaText){ WILD, 5 };
  if (is(what, "wild-notes")) row->notes = (PolyaRows){ WILD, 1, sizeof note, 0 };
  if (is(what, "wild-note")) row->notes = ROWS(&wild_note);
  if (is(what, "wild-components")) row->components = (const double *)WILD;
}
static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  static const double half = 0.5;
  (void)self;
  for (uint64_t i = 0; i < in.count; i++) {
    PolyaText completion = POLYA_ROW(PolyaRewardItem, in, i)->completion;
    PolyaRewardResult *row = POLYA_ROW_MUT(PolyaRewardResult, out, i);
    row->verdict = POLYA_VERDICT_SCORED;
    row->score = completion.size == 1 ? completion.data[0] - '0' : 1;
    row->notes = ROWS(&note);
    row->components = &half;
    lie_as_reward(completion, row);
    if (MARKS) call->finished(call, i);
  }
  return POLYA_OK;
}

static const PolyaHeuristic heuristics[] = { { TEXT("plain"), TEXT("f"), TEXT("Plain"), TEXT("as it is") } };
static PolyaStatus describe_strategy(PolyaInstance *self, const PolyaCall *call, PolyaStrategyInfo *out) {
  (void)self, (void)call;
  out->heuristics = (PolyaRows){ heuristics, 1, sizeof *heuristics, 0 };
  return POLYA_OK;
}
static void lie_as_strategy(PolyaText what, PolyaStrategyMove *row) {
  if (is(what, "odd-action")) row->action = 77;
  if (is(what, "no-action")) row->action = 0;
  if (is(what, "no-message")) row->messages = (PolyaRows){ 0 };
  if (is(what, "null-message")) row->messages = ROWS(&null_message);
  if (is(what, "broken-message")) row->messages = ROWS(&broken_message);
  if (is(what, "broken-stop")) row->stop = ROWS(&broken_stop);
  if (is(what, "broken-phase")) row->phase = (PolyaText)TEXT("\xff");
  if (is(what, "nan-temperature")) row->temperature = NAN;
  if (is(what, "infinite-temperature")) row->temperature = INFINITY;
  if (is(what, "large-state")) row->state = (PolyaBytes){ (const uint8_t *)room, sizeof room };
  if (is(what, "null-state")) row->state = (PolyaBytes){ NULL, 8 };
  if (is(what, "crooked-messages")) row->messages = (PolyaRows){ crooked(&message, sizeof message), 1, sizeof message, 0 };
  if (is(what, "broken-answer")) {
    row->action = POLYA_MOVE_ANSWER;
    row->answer = (PolyaText)TEXT("\xff");
  }
  if (is(what, "odd-status")) row->status = 99;
  if (is(what, "wild-messages")) row->messages = (PolyaRows){ WILD, 1, sizeof message, 0 };
  if (is(what, "wild-message")) row->messages = ROWS(&wild_message);
  if (is(what, "wild-state")) row->state = (PolyaBytes){ WILD, 8 };
}
static PolyaStatus next(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < in.count; i++) {
    PolyaStrategyMove *row = POLYA_ROW_MUT(PolyaStrategyMove, out, i);
    row->action = POLYA_MOVE_ASK;
    row->messages = ROWS(&message);
    row->stop = ROWS(&stop);
    row->temperature = -1;
    lie_as_strategy(POLYA_ROW(PolyaStrategyItem, in, i)->question, row);
    if (MARKS) call->finished(call, i);
  }
  return POLYA_OK;
}
static PolyaStatus segment(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  static const PolyaSegment good[] = { { { 0, 1 }, TEXT("a") }, { { 1, 2 }, TEXT("b") } },
                            backwards[] = { { { 1, 0 }, TEXT("a") } },
                            overlapping[] = { { { 0, 3 }, TEXT("a") }, { { 2, 4 }, TEXT("b") } },
                            beyond[] = { { { 0, 999 }, TEXT("a") } }, broken[] = { { { 0, 1 }, TEXT("\xff") } };
  (void)self;
  for (uint64_t i = 0; i < in.count; i++) {
    PolyaText what = POLYA_ROW(PolyaAnswerItem, in, i)->answer;
    PolyaSegmentation *row = POLYA_ROW_MUT(PolyaSegmentation, out, i);
    row->segments = (PolyaRows){ good, 2, sizeof *good, 0 };
    if (is(what, "backwards")) row->segments = ROWS(backwards);
    if (is(what, "overlapping")) row->segments = (PolyaRows){ overlapping, 2, sizeof *good, 0 };
    if (is(what, "beyond")) row->segments = ROWS(beyond);
    if (is(what, "broken-label")) row->segments = ROWS(broken);
    if (is(what, "null-segments")) row->segments = (PolyaRows){ NULL, 2, sizeof *good, 0 };
    if (is(what, "odd-status")) row->status = 99;
    if (is(what, "wild-segments")) row->segments = (PolyaRows){ WILD, 2, sizeof *good, 0 };
    if (MARKS) call->finished(call, i);
  }
  return POLYA_OK;
}

static PolyaStatus describe_tasks(PolyaInstance *self, const PolyaCall *call, PolyaTasksInfo *out) {
  static const PolyaSplit split = { .name = TEXT("train"), .help = TEXT("all") };
  (void)self, (void)call;
  out->splits = ROWS(&split);
  out->heuristics = (PolyaRows){ heuristics, 1, sizeof *heuristics, 0 };
  return POLYA_OK;
}
static PolyaStatus produce(PolyaInstance *self, const PolyaCall *call, const PolyaTaskRange *range, PolyaRowsMut out) {
  (void)self, (void)call, (void)range, (void)out;
  return POLYA_OK;
}
static PolyaStatus demonstrate(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < in.count; i++) {
    PolyaText what = POLYA_ROW(PolyaDemonstrationItem, in, i)->heuristic;
    PolyaDemonstration *row = POLYA_ROW_MUT(PolyaDemonstration, out, i);
    row->solution = (PolyaText)TEXT("so");
    if (is(what, "null-solution")) row->solution = (PolyaText){ NULL, 4 };
    if (is(what, "huge-solution")) row->solution = (PolyaText){ "x", UINT64_MAX / 2 };
    if (is(what, "broken-solution")) row->solution = (PolyaText)TEXT("\xf8");
    if (is(what, "odd-status")) row->status = 99;
    if (is(what, "failed")) row->status = call->fail(call, POLYA_INTERNAL, (PolyaText)TEXT("not this one"));
    if (is(what, "crash")) abort();
    if (is(what, "wild-solution")) row->solution = (PolyaText){ WILD, 4 };
    if (MARKS) call->finished(call, i);
  }
  return POLYA_OK;
}

static const PolyaReward reward = { sizeof reward, 0, describe_reward, score };
static const PolyaStrategy strategy = { .struct_size = sizeof strategy, .describe = describe_strategy, .next = next, .segment = segment };
static const PolyaTasks tasks = { .struct_size = sizeof tasks, .describe = describe_tasks, .produce = produce, .demonstrate = demonstrate };
static char nothing;
static PolyaStatus create(const PolyaPlugin *plugin, const PolyaCall *call, PolyaRows values, PolyaInstance **out) {
  (void)plugin, (void)call, (void)values;
  *out = (PolyaInstance *)&nothing;
  return POLYA_OK;
}
static void destroy(const PolyaPlugin *plugin, PolyaInstance *self) { (void)plugin, (void)self; }
static const void *table(const PolyaPlugin *plugin, const char *id) {
  (void)plugin;
  if (strcmp(id, POLYA_REWARD) == 0) return &reward;
  if (strcmp(id, POLYA_STRATEGY) == 0) return &strategy;
  return strcmp(id, POLYA_TASKS) ? NULL : &tasks;
}
#define PLUGIN(role, name) \
  { .struct_size = sizeof(PolyaPlugin), .id = TEXT("org.example.lying-" name), .kind = TEXT(role), \
    .version = TEXT("1.0.0"), .title = TEXT("Lies"), .summary = TEXT("Lies in a row."), .create = create, .destroy = destroy, .table = table }
static const PolyaPlugin plugins[] = { PLUGIN(POLYA_REWARD, "reward"), PLUGIN(POLYA_STRATEGY, "strategy"), PLUGIN(POLYA_TASKS, "tasks") };
static const PolyaPlugin *plugin_at(uint32_t index) { return index < 3 ? &plugins[index] : NULL; }
static const PolyaModule module = {
  .struct_size = sizeof module, .magic = POLYA_MAGIC, .abi_major = POLYA_ABI_MAJOR, .abi_minor = POLYA_ABI_MINOR,
  .plugin_count = 3, .name = TEXT("lying"), .version = TEXT("1.0.0"), .plugin_at = plugin_at,
};
const PolyaModule *polya_plugin_entry(const PolyaHost *host) {
  (void)host;
  return &module;
}
