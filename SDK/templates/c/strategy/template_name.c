/* template_name.c - a strategy: solve, then look back.
 * "direct" answers with what the model says first; "look-back" asks it to derive the result differently. */
#include <polya/polya.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) { s, sizeof(s) - 1 }

struct PolyaInstance {
  PolyaText prompt; /* behind the instance, in the same memory */
};

/* ---- what it does: edit here ---- */

static const PolyaHeuristic heuristics[] = {
  { TEXT("direct"), TEXT("control"), TEXT("direct"), TEXT("Answer at once.") },
  { TEXT("look-back"), TEXT("looking-back"), TEXT("look back"), TEXT("Solve, then derive the result differently.") },
};

static const PolyaOption options[] = {
  { .key = TEXT("prompt"), .help = TEXT("What the second turn asks."), .type = POLYA_OPT_TEXT,
    .default_json = TEXT("\"Can you derive the result differently?\"") },
};

/* head + middle + tail in the call's memory, which the host drops when it has read the result. */
static PolyaText join(const PolyaCall *call, PolyaText head, PolyaText middle, PolyaText tail) {
  char *data = call->alloc(call, head.size + middle.size + tail.size, 1);
  if (!data) return (PolyaText){ NULL, 0 };
  if (head.size) memcpy(data, head.data, head.size);
  if (middle.size) memcpy(data + head.size, middle.data, middle.size);
  if (tail.size) memcpy(data + head.size + middle.size, tail.data, tail.size);
  return (PolyaText){ data, head.size + middle.size + tail.size };
}

static PolyaStatus ask(const PolyaCall *call, PolyaStrategyMove *move, PolyaText phase, PolyaText content) {
  PolyaMessage *message = call->alloc(call, sizeof *message, _Alignof(PolyaMessage));
  if (!message || !content.data) return call->fail(call, POLYA_OUT_OF_MEMORY, (PolyaText)TEXT("no memory for a move"));
  *message = (PolyaMessage){ TEXT("user"), content };
  move->action = POLYA_MOVE_ASK;
  move->phase = phase;
  move->messages = (PolyaRows){ message, 1, sizeof *message, 0 };
  move->temperature = -1; /* the pipeline's */
  return POLYA_OK;
}

static int is(PolyaText text, const char *word) {
  return text.size == strlen(word) && !memcmp(text.data, word, text.size);
}

static PolyaStatus move(const PolyaInstance *self, const PolyaCall *call, const PolyaStrategyItem *item,
                        PolyaStrategyMove *out) {
  if (item->turn == 0)
    return ask(call, out, (PolyaText)TEXT("carry-out"),
               join(call, (PolyaText)TEXT("Question: "), item->question, (PolyaText)TEXT("\nAnswer:")));
  if (item->turn == 1 && is(item->heuristic, "look-back"))
    return ask(call, out, (PolyaText)TEXT("look-back"),
               join(call, (PolyaText)TEXT("\n"), self->prompt, (PolyaText)TEXT("\nAnswer:")));
  if (!item->transcript.count)
    return call->fail(call, POLYA_BAD_ARGUMENT, (PolyaText)TEXT("a later turn comes without a transcript"));
  out->action = POLYA_MOVE_ANSWER; /* what the model said last: a result may point into the call's inputs */
  out->answer = POLYA_ROW(PolyaMessage, item->transcript, item->transcript.count - 1)->content;
  return POLYA_OK;
}

/* ---- how the host gets at it ---- */

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaStrategyInfo *out) {
  (void)self, (void)call;
  out->heuristics = (PolyaRows){ heuristics, sizeof heuristics / sizeof heuristics[0], sizeof heuristics[0], 0 };
  return POLYA_OK;
}

static PolyaStatus next(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  for (uint64_t i = 0; i < in.count; i++) {
    PolyaStatus stop = call->stop(call);
    if (stop) return stop;
    PolyaStrategyMove *row = POLYA_ROW_MUT(PolyaStrategyMove, out, i);
    row->status = move(self, call, POLYA_ROW(PolyaStrategyItem, in, i), row);
    call->finished(call, i);
  }
  return POLYA_OK;
}

static PolyaStatus create(const PolyaPlugin *plugin, const PolyaCall *call, PolyaRows values, PolyaInstance **out) {
  (void)plugin;
  PolyaText prompt = POLYA_ROW(PolyaValue, values, 0)->text;
  PolyaInstance *self = malloc(sizeof *self + prompt.size);
  if (!self) return call->fail(call, POLYA_OUT_OF_MEMORY, (PolyaText)TEXT("no memory for an instance"));
  self->prompt = (PolyaText){ (char *)(self + 1), prompt.size };
  if (prompt.size) memcpy(self + 1, prompt.data, prompt.size);
  *out = self;
  return POLYA_OK;
}

static void destroy(const PolyaPlugin *plugin, PolyaInstance *self) {
  (void)plugin;
  free(self);
}

static const PolyaStrategy strategy = { sizeof strategy, 0, describe, next, NULL };

static const void *table(const PolyaPlugin *plugin, const char *id) {
  (void)plugin;
  return strcmp(id, POLYA_STRATEGY) ? NULL : (const void *)&strategy;
}

static const PolyaPlugin plugin = {
  .struct_size = sizeof plugin, .id = TEXT("TEMPLATE_ID"),
  .kind = TEXT(POLYA_STRATEGY), .version = TEXT("0.1.0"), .title = TEXT("Look back"),
  .summary = TEXT("Asks for a solution, then whether the result can be derived differently."),
  .options = { options, sizeof options / sizeof options[0], sizeof options[0], 0 },
  .create = create, .destroy = destroy, .table = table,
};

static const PolyaPlugin *plugin_at(uint32_t index) { return index ? NULL : &plugin; }

static const PolyaModule module = {
  .struct_size = sizeof module, .magic = POLYA_MAGIC, .abi_major = POLYA_ABI_MAJOR, .abi_minor = POLYA_ABI_MINOR,
  .plugin_count = 1, .name = TEXT("template-name"), .version = TEXT("0.1.0"), .plugin_at = plugin_at,
};

const PolyaModule *polya_plugin_entry(const PolyaHost *host) {
  (void)host;
  return &module;
}
