/* think_twice.c - a strategy in C, from the headers alone: solve, then check, then answer.
 * Two heuristics: "check" asks for a second look at the first answer, "direct" does not. */
#include <polya/polya.h>
#include <string.h>

#define TEXT(s) { s, sizeof(s) - 1 }

static const PolyaHeuristic heuristics[] = {
  { TEXT("direct"), TEXT("control"), TEXT("direct"), TEXT("Answer at once.") },
  { TEXT("check"), TEXT("looking-back"), TEXT("check"), TEXT("Solve, then derive the result differently.") },
};

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaStrategyInfo *out) {
  (void)self;
  (void)call;
  out->heuristics = (PolyaRows){ heuristics, 2, sizeof heuristics[0], 0 };
  return POLYA_OK;
}

static int is(PolyaText text, const char *word) {
  return text.size == strlen(word) && !memcmp(text.data, word, text.size);
}

/* Text in the call's arena: dropped by the host when it has read the result. */
static PolyaText join(const PolyaCall *call, PolyaText head, PolyaText middle, PolyaText tail) {
  char *data = call->alloc(call, head.size + middle.size + tail.size, 1);
  if (!data) return (PolyaText){ NULL, 0 };
  memcpy(data, head.data, head.size);
  memcpy(data + head.size, middle.data, middle.size);
  memcpy(data + head.size + middle.size, tail.data, tail.size);
  return (PolyaText){ data, head.size + middle.size + tail.size };
}

static PolyaStatus ask(const PolyaCall *call, PolyaStrategyMove *move, PolyaText content) {
  PolyaMessage *message = call->alloc(call, sizeof *message, 8);
  if (!message || !content.data) return call->fail(call, POLYA_OUT_OF_MEMORY, (PolyaText)TEXT("arena"));
  message->role = (PolyaText)TEXT("user");
  message->content = content;
  move->action = POLYA_MOVE_ASK;
  move->messages = (PolyaRows){ message, 1, sizeof *message, 0 };
  move->temperature = -1;
  return POLYA_OK;
}

static PolyaStatus next(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < in.count; i++) {
    PolyaStatus stop = call->stop(call);
    if (stop) return stop;
    const PolyaStrategyItem *item = POLYA_ROW(PolyaStrategyItem, in, i);
    PolyaStrategyMove *move = POLYA_ROW_MUT(PolyaStrategyMove, out, i);
    if (item->turn == 0) {
      move->phase = (PolyaText)TEXT("carry-out");
      move->status =
        ask(call, move, join(call, (PolyaText)TEXT("Question: "), item->question, (PolyaText)TEXT("\nAnswer:")));
    } else if (item->turn == 1 && is(item->heuristic, "check")) {
      move->phase = (PolyaText)TEXT("look-back");
      move->status = ask(call, move, (PolyaText)TEXT("\nCan you derive the result differently?\nAnswer:"));
    } else { /* the last message is what the model said last */
      move->action = POLYA_MOVE_ANSWER;
      move->answer = POLYA_ROW(PolyaMessage, item->transcript, item->transcript.count - 1)->content;
    }
    call->finished(call, i);
  }
  return POLYA_OK;
}

static const PolyaStrategy strategy = { sizeof strategy, 0, describe, next, NULL };

static char nothing; /* the strategy is pure: there is no instance data, but NULL would mean failure */

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
  return strcmp(id, POLYA_STRATEGY) ? NULL : (const void *)&strategy;
}

static const PolyaPlugin plugin = {
  .struct_size = sizeof plugin, .id = TEXT("org.example.think-twice"),
  .kind = TEXT(POLYA_STRATEGY), .version = TEXT("1.0.0"), .title = TEXT("Think twice"),
  .summary = TEXT("Asks for a second look before it answers."), .create = create, .destroy = destroy, .table = table,
};

static const PolyaPlugin *plugin_at(uint32_t index) { return index ? NULL : &plugin; }

static const PolyaModule module = {
  .struct_size = sizeof module, .magic = POLYA_MAGIC, .abi_major = POLYA_ABI_MAJOR, .abi_minor = POLYA_ABI_MINOR,
  .plugin_count = 1, .name = TEXT("think-twice"), .version = TEXT("1.0.0"), .plugin_at = plugin_at,
};

const PolyaModule *polya_plugin_entry(const PolyaHost *host) {
  (void)host;
  return &module;
}
