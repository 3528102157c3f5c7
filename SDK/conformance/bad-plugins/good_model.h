/* good_model.h - a correct model: every byte is a token,
    and the next one depends on the last one alone (a bigram table
 * of logits). Real gradients, AdamW, checkpoints of one file. */
#define OPEN_STATE (self->state = new_weights())
#define CLOSE_STATE free(self->state)
#include "good_module.h"
#define KIND POLYA_MODEL
#include <stdio.h>
#include <sys/stat.h>

enum { V = 256, CONTEXT = 4096 };
typedef struct Weights { float w[V][V], g[V][V], m[V][V], v[V][V]; uint64_t steps; } Weights;
struct PolyaTape { uint64_t count; PolyaSequence *sequences; };

#ifndef ENCODED_SIZE
#define ENCODED_SIZE text->size
#endif
#ifndef WILD_ID /* an id that decode refuses */
#define WILD_ID(id) ((id) < 0 || (id) >= V)
#endif
#ifndef VOCABULARY
#define VOCABULARY V
#endif
#ifndef END_TOKEN
#define END_TOKEN -1
#endif
#ifndef FEATURES
#define FEATURES 0
#endif
#ifndef MAX_TOKENS
#define MAX_TOKENS prompt->max_tokens
#endif
#ifndef SAMPLE_TEMPERATURE /* of the log-probs of samples */
#define SAMPLE_TEMPERATURE temperature
#endif
#ifndef SAMPLE_SEED
#define SAMPLE_SEED prompt->seed
#endif
#ifndef IS_GREEDY
#define IS_GREEDY (prompt->temperature <= 0)
#endif
#ifndef STOP_CUT
#define STOP_CUT stop->size
#endif
#ifndef SCORED
#define SCORED(x) (x)
#endif
#ifndef ENTROPY_SIGN
#define ENTROPY_SIGN -
#endif
#ifndef SCORE_FROM
#define SCORE_FROM s->from
#endif
#ifndef FORWARD_EXTRA
#define FORWARD_EXTRA 0
#endif
#ifndef RATE
#define RATE in->learning_rate
#endif
#ifndef DIRECTION
#define DIRECTION 1
#endif
#ifndef ENTROPY_DIRECTION
#define ENTROPY_DIRECTION 1
#endif
#ifndef FORGETS
#define FORGETS 1
#endif
#ifndef ACCUMULATE
#define ACCUMULATE +=
#endif
#ifndef CLEAR
#define CLEAR memset(x->g, 0, sizeof x->g)
#endif
#ifndef STEP_NOISE
#define STEP_NOISE 0
#endif
#ifndef SAVED_IN
#define SAVED_IN ""
#endif
#ifndef SAVED_SIZE
#define SAVED_SIZE sizeof x->w
#endif
#ifndef LOADS_IN_PLACE
#define LOADS_IN_PLACE 0
#endif
#ifndef REFUSES_OCCUPIED
#define REFUSES_OCCUPIED 1
#endif
#ifndef LOADED
#define LOADED
#endif

static uint64_t mix(uint64_t z) {
  z += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static void *new_weights(void) {
  Weights *x = calloc(1, sizeof *x);
  for (uint64_t i = 0; x && i < V * V; i++) x->w[i / V][i % V] = (float)(mix(i) % 2000) / 1000 - 1;
  return x;
}

static void log_softmax(const float *logits, double temperature, double *out) {
  double top = -INFINITY, sum = 0;
  for (int j = 0; j < V; j++) top = fmax(top, logits[j] / temperature);
  for (int j = 0; j < V; j++) sum += exp(logits[j] / temperature - top);
  for (int j = 0; j < V; j++) out[j] = logits[j] / temperature - top - log(sum);
}

static PolyaStatus info(PolyaInstance *self, const PolyaCall *call, PolyaModelInfo *out) {
  (void)self;
  (void)call;
  out->name = AS_TEXT("bigram");
  out->features = FEATURES;
  out->parameters = V * V;
  out->vocab_size = VOCABULARY;
  out->context_length = CONTEXT;
  out->bos = -1;
  out->eos = END_TOKEN;
  return POLYA_OK;
}

static PolyaStatus encode(PolyaInstance *self, const PolyaCall *call, PolyaRows texts, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < texts.count; i++) {
    const PolyaText *text = POLYA_ROW(PolyaText, texts, i);
    int32_t *ids = call->alloc(call, text->size * sizeof *ids + 4, 4);
    if (!ids) return call->fail(call, POLYA_OUT_OF_MEMORY, AS_TEXT("arena"));
    for (uint64_t k = 0; k < text->size; k++) ids[k] = (uint8_t)text->data[k];
    *POLYA_ROW_MUT(PolyaTokens, out, i) = (PolyaTokens){ ids, ENCODED_SIZE };
  }
  return POLYA_OK;
}

static PolyaStatus decode(PolyaInstance *self, const PolyaCall *call, PolyaRows tokens, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < tokens.count; i++) {
    const PolyaTokens *t = POLYA_ROW(PolyaTokens, tokens, i);
    uint8_t *bytes = call->alloc(call, t->count + 1, 1);
    if (!bytes) return call->fail(call, POLYA_OUT_OF_MEMORY, AS_TEXT("arena"));
    for (uint64_t k = 0; k < t->count; k++) {
      if (WILD_ID(t->ids[k])) return call->fail(call, POLYA_BAD_ARGUMENT, AS_TEXT("an id is outside the vocabulary"));
      bytes[k] = (uint8_t)t->ids[k];
    }
    *POLYA_ROW_MUT(PolyaBytes, out, i) = (PolyaBytes){ bytes, t->count };
  }
  return POLYA_OK;
}

static int draw(const double *logprobs, int greedy, uint64_t seed) {
  double u = (double)(mix(seed) >> 11) * 0x1p-53;
  int best = 0;
  for (int j = 1; j < V; j++)
    if (logprobs[j] > logprobs[best]) best = j;
  if (greedy) return best;
  for (int j = 0; j < V; j++)
    if ((u -= exp(logprobs[j])) < 0) return j;
  return V - 1;
}

/* The length of the text when one of the stop strings ends it, or -1. */
static int64_t stopped(const PolyaPrompt *prompt, const uint8_t *text, uint64_t size) {
  for (uint64_t k = 0; k < prompt->stop.count; k++) {
    const PolyaText *stop = POLYA_ROW(PolyaText, prompt->stop, k);
    if (stop->size && size >= stop->size && !memcmp(text + size - stop->size, stop->data, stop->size))
      return (int64_t)(size - STOP_CUT);
  }
  return -1;
}

static PolyaStatus sample(const Weights *x, const PolyaCall *call, const PolyaPrompt *prompt,
    uint32_t index, PolyaSample *row) {
  uint64_t limit = MAX_TOKENS, n = 0;
  int32_t *ids = call->alloc(call, limit * sizeof *ids + 4, 4);
  float *logprobs = call->alloc(call, limit * sizeof *logprobs + 4, 4);
  uint8_t *text = call->alloc(call, limit + 1, 1);
  if (!ids || !logprobs || !text) return call->fail(call, POLYA_OUT_OF_MEMORY, AS_TEXT("arena"));
  double temperature = prompt->temperature > 0 ? prompt->temperature : 1, drawn[V], told[V];
  int last = prompt->tokens.ids[prompt->tokens.count - 1] & (V - 1);
  int64_t end = -1;
  while (n < limit && end < 0) {
    log_softmax(x->w[last], temperature, drawn);
    log_softmax(x->w[last], SAMPLE_TEMPERATURE, told);
    last = draw(drawn, IS_GREEDY, mix(SAMPLE_SEED + index * 977) + n);
    ids[n] = last;
    logprobs[n] = (float)told[last];
    text[n++] = (uint8_t)last;
    end = stopped(prompt, text, n);
  }
  row->finish = end < 0 ? POLYA_END_LENGTH : POLYA_END_STOP;
  row->text = (PolyaBytes){ text, end < 0 ? n : (uint64_t)end };
  row->tokens = (PolyaTokens){ ids, n };
  row->logprobs = logprobs;
  return POLYA_OK;
}

static PolyaStatus generate(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  uint64_t i = 0;
  ON_START;
  for (uint64_t k = 0; k < in.count; k++) {
    const PolyaPrompt *prompt = POLYA_ROW(PolyaPrompt, in, k);
    for (uint32_t s = 0; s < prompt->samples && i < out.count; s++, i++) {
      STOP;
      PolyaSample *row = POLYA_ROW_MUT(PolyaSample, out, i);
      row->status = sample(self->state, call, prompt, s, row);
      FINISHED;
    }
  }
  return POLYA_OK;
}

static PolyaStatus scored(const Weights *x, const PolyaCall *call, PolyaRows in, PolyaRowsMut out, double extra) {
  double p[V];
  for (uint64_t i = 0; i < in.count; i++) {
    STOP;
    const PolyaSequence *s = POLYA_ROW(PolyaSequence, in, i);
    PolyaScored *row = POLYA_ROW_MUT(PolyaScored, out, i);
    for (uint64_t t = SCORE_FROM, k = 0; t < s->tokens.count; t++, k++) {
      log_softmax(x->w[s->tokens.ids[t - 1] & (V - 1)], s->temperature > 0 ? s->temperature : 1, p);
      row->logprobs[k] = (float)SCORED(p[s->tokens.ids[t] & (V - 1)] + extra);
      if (!row->entropies) continue;
      row->entropies[k] = 0;
      for (int j = 0; j < V; j++) row->entropies[k] = row->entropies[k] ENTROPY_SIGN (float)(exp(p[j]) * p[j]);
    }
    FINISHED;
  }
  return POLYA_OK;
}

static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  return scored(self->state, call, in, out, 0);
}

static void drop(PolyaInstance *self, PolyaTape *tape) {
  (void)self;
  for (uint64_t i = 0; i < tape->count; i++) free((void *)(uintptr_t)tape->sequences[i].tokens.ids);
  free(tape->sequences);
  free(tape);
}

static PolyaStatus forward(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out,
    PolyaTape **tape) {
  PolyaStatus status = scored(self->state, call, in, out, FORWARD_EXTRA);
  if (status) return status;
  PolyaTape *kept = malloc(sizeof *kept);
  kept->count = in.count;
  kept->sequences = calloc(in.count + 1, sizeof *kept->sequences);
  for (uint64_t i = 0; i < in.count; i++) {
    const PolyaSequence *s = POLYA_ROW(PolyaSequence, in, i);
    int32_t *ids = malloc(s->tokens.count * sizeof *ids);
    memcpy(ids, s->tokens.ids, s->tokens.count * sizeof *ids);
    kept->sequences[i] = *s;
    kept->sequences[i].tokens.ids = ids;
  }
  *tape = kept;
  return POLYA_OK;
}

static PolyaStatus backward(PolyaInstance *self, const PolyaCall *call, PolyaTape *tape, PolyaRows gradients) {
  (void)call;
  Weights *x = self->state;
  double p[V];
  static float fresh[V][V];
  memset(fresh, 0, sizeof fresh);
  for (uint64_t i = 0; i < tape->count; i++) {
    const PolyaSequence *s = &tape->sequences[i];
    const PolyaGradient *g = POLYA_ROW(PolyaGradient, gradients, i);
    double temperature = s->temperature > 0 ? s->temperature : 1;
    for (uint64_t k = 0; k < g->count; k++) {
      int from = s->tokens.ids[s->from + k - 1] & (V - 1), to = s->tokens.ids[s->from + k] & (V - 1);
      log_softmax(x->w[from], temperature, p);
      double entropy = 0, dentropy = g->dentropies ? ENTROPY_DIRECTION * g->dentropies[k] : 0;
      for (int j = 0; j < V; j++) entropy -= exp(p[j]) * p[j];
      for (int j = 0; j < V; j++)
        fresh[from][j] += (float)((g->dlogprobs[k] * ((j == to) - exp(p[j])) - dentropy * exp(p[j]) * (p[j] + entropy)) / temperature);
    }
  }
  for (int i = 0; i < V * V; i++) x->g[i / V][i % V] ACCUMULATE fresh[i / V][i % V];
  drop(self, tape);
  return POLYA_OK;
}

static PolyaStatus step(PolyaInstance *self, const PolyaCall *call, const PolyaStep *in, PolyaStepReport *out) {
  (void)call;
  Weights *x = self->state;
  double norm = 0;
  if (!in->index && FORGETS) {
    memset(x->m, 0, sizeof x->m);
    memset(x->v, 0, sizeof x->v);
    x->steps = 0;
  }
  x->steps++;
  for (int i = 0; i < V * V; i++) norm += (double)x->g[i / V][i % V] * x->g[i / V][i % V];
  for (int i = 0; i < V * V; i++) {
    float *w = &x->w[i / V][i % V], *m = &x->m[i / V][i % V], *v = &x->v[i / V][i % V];
    double g = DIRECTION * x->g[i / V][i % V] * in->gradient_scale;
    if (in->clip_norm > 0 && sqrt(norm) > in->clip_norm) g *= in->clip_norm / sqrt(norm);
    *m = (float)(in->beta1 * *m + (1 - in->beta1) * g);
    *v = (float)(in->beta2 * *v + (1 - in->beta2) * g * g);
    double mean = *m / (1 - pow(in->beta1, (double)x->steps)), square = *v / (1 - pow(in->beta2, (double)x->steps));
    *w -= (float)(RATE * (mean / (sqrt(square) + in->epsilon) + in->weight_decay * *w + STEP_NOISE));
  }
  CLEAR;
  out->step = x->steps;
  out->gradient_norm = sqrt(norm);
  return POLYA_OK;
}

static FILE *file(PolyaText folder, const char *mode) {
  char path[4096];
  if (folder.size > 4000) return NULL;
  snprintf(path, sizeof path, "%.*s/" SAVED_IN, (int)folder.size, folder.data);
  if (*mode == 'w') mkdir(path, 0777);
  strcat(path, "/weights.bin");
  return fopen(path, mode);
}

static PolyaStatus save(PolyaInstance *self, const PolyaCall *call, PolyaText folder) {
  Weights *x = self->state;
  FILE *there = REFUSES_OCCUPIED ? file(folder, "rb") : NULL;
  if (there) {
    fclose(there);
    return call->fail(call, POLYA_WRONG_STATE, AS_TEXT("the folder is not empty"));
  }
  FILE *f = file(folder, "wb");
  if (!f) return call->fail(call, POLYA_IO, AS_TEXT("weights.bin cannot be written"));
  uint64_t written = fwrite(x->w, 1, SAVED_SIZE, f);
  for (uint64_t zero = 0; written < sizeof x->w; written++) fwrite(&zero, 1, 1, f);
  return fclose(f) ? call->fail(call, POLYA_IO, AS_TEXT("weights.bin cannot be written")) : POLYA_OK;
}

static PolyaStatus load(PolyaInstance *self, const PolyaCall *call, PolyaText folder) {
  Weights *x = self->state;
  FILE *f = file(folder, "rb");
  if (!f) return call->fail(call, POLYA_NOT_FOUND, AS_TEXT("there is no weights.bin"));
  float(*copy)[V] = calloc(V, sizeof *copy);
  int whole = copy && fread(LOADS_IN_PLACE ? (void *)x->w : (void *)copy, 1, sizeof x->w, f) == sizeof x->w;
  fclose(f);
  if (whole && !LOADS_IN_PLACE) memcpy(x->w, copy, sizeof x->w);
  LOADED;
  free(copy);
  return whole ? POLYA_OK : call->fail(call, POLYA_CORRUPT, AS_TEXT("weights.bin is cut short"));
}

#ifndef FUNCTIONS
#define FUNCTIONS { sizeof(PolyaModel), 0, info, encode, decode, NULL, generate, score, forward, backward, \
  drop, step, save, load, NULL }
#endif
static const PolyaModel functions = FUNCTIONS;
#include "good_end.h"
