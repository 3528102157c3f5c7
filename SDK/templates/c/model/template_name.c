/* template_name.c - a language model that samples, scores, learns and is stored: bigrams over bytes.
 * The logits of the next token are one row of a table, picked by the last token. A text's bytes are its tokens; token
 * 256 begins and ends. Replace log_probs() and its gradient by a better network: everything else stays. */
#include <polya/polya.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) { s, sizeof(s) - 1 }
#define SAY(s) ((PolyaText)TEXT(s))

enum { VOCABULARY = 257, END = 256, WEIGHTS = VOCABULARY * VOCABULARY };

struct PolyaInstance {
  float weights[WEIGHTS], gradients[WEIGHTS], mean[WEIGHTS], square[WEIGHTS]; /* row: last token, column: next */
  uint64_t steps;
};

/* ---- the network: edit here ---- */

/* ln softmax(logits / temperature) of what follows `last`. */
static void log_probs(const PolyaInstance *self, int32_t last, double temperature, double out[VOCABULARY]) {
  const float *row = self->weights + (size_t)last * VOCABULARY;
  double largest = row[0], sum = 0;
  for (int j = 1; j < VOCABULARY; j++) largest = fmax(largest, row[j]);
  for (int j = 0; j < VOCABULARY; j++) sum += exp((row[j] - largest) / temperature);
  for (int j = 0; j < VOCABULARY; j++) out[j] = (row[j] - largest) / temperature - log(sum);
}

static double entropy(const double logprobs[VOCABULARY]) {
  double sum = 0;
  for (int j = 0; j < VOCABULARY; j++) sum -= exp(logprobs[j]) * logprobs[j];
  return sum;
}

/* Adds d loss / d logits, given d loss / d ln p(next) and d loss / d entropy. */
static void add_gradient(PolyaInstance *self, int32_t last, int32_t next, double temperature, double dlogprob,
                         double dentropy) {
  double logprobs[VOCABULARY];
  log_probs(self, last, temperature, logprobs);
  double h = dentropy != 0 ? entropy(logprobs) : 0;
  float *row = self->gradients + (size_t)last * VOCABULARY;
  for (int j = 0; j < VOCABULARY; j++) {
    double p = exp(logprobs[j]);
    row[j] += (float)((dlogprob * ((j == next) - p) - dentropy * p * (logprobs[j] + h)) / temperature);
  }
}

/* AdamW with decoupled weight decay (Loshchilov & Hutter 2019), clipped by the global norm. */
static void optimize(PolyaInstance *self, const PolyaStep *in, PolyaStepReport *out) {
  double norm = 0, update = 0;
  for (int i = 0; i < WEIGHTS; i++) norm += (double)self->gradients[i] * self->gradients[i];
  norm = sqrt(norm) * in->gradient_scale;
  out->gradient_norm = norm;
  out->skipped = !isfinite(norm);
  if (in->index == 0) { /* a new training forgets the moments of an earlier one */
    memset(self->mean, 0, sizeof self->mean);
    memset(self->square, 0, sizeof self->square);
    self->steps = 0;
  }
  if (!out->skipped) {
    double scale = in->gradient_scale * (in->clip_norm > 0 && norm > in->clip_norm ? in->clip_norm / norm : 1);
    double steps = (double)++self->steps;
    double correct1 = 1 - pow(in->beta1, steps), correct2 = 1 - pow(in->beta2, steps);
    for (int i = 0; i < WEIGHTS; i++) {
      double g = self->gradients[i] * scale;
      self->mean[i] = (float)(in->beta1 * self->mean[i] + (1 - in->beta1) * g);
      self->square[i] = (float)(in->beta2 * self->square[i] + (1 - in->beta2) * g * g);
      double change = self->mean[i] / correct1 / (sqrt(self->square[i] / correct2) + in->epsilon);
      change = in->learning_rate * (change + in->weight_decay * self->weights[i]);
      self->weights[i] -= (float)change;
      update += change * change;
    }
  }
  memset(self->gradients, 0, sizeof self->gradients);
  out->step = self->steps;
  out->update_norm = sqrt(update);
}

/* ---- sampling ---- */

/* A mixer of 64 bits: the finalizer of SplitMix64 (Steele, Lea & Flood 2014). */
static uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

typedef struct Candidate { double p; int32_t id; } Candidate;

static int likelier(const void *a, const void *b) {
  const Candidate *x = a, *y = b;
  return x->p != y->p ? (x->p < y->p) - (x->p > y->p) : x->id - y->id;
}

/* The token at a place in 0..<1 of the distribution that top-k, min-p and top-p leave. */
static int32_t pick(const double logprobs[VOCABULARY], const PolyaPrompt *prompt, double place) {
  Candidate all[VOCABULARY];
  for (int32_t j = 0; j < VOCABULARY; j++) all[j] = (Candidate){ exp(logprobs[j]), j };
  qsort(all, VOCABULARY, sizeof all[0], likelier);
  if (prompt->temperature == 0) return all[0].id;
  int kept = prompt->top_k > 0 && prompt->top_k < VOCABULARY ? prompt->top_k : VOCABULARY;
  double sum = 0;
  int count = 0;
  while (count < kept && (count == 0 || (all[count].p >= prompt->min_p * all[0].p && sum < prompt->top_p)))
    sum += all[count++].p;
  double left = place * sum;
  for (int i = 0; i < count; i++)
    if ((left -= all[i].p) < 0) return all[i].id;
  return all[count - 1].id;
}

static int ends_with(const uint8_t *text, uint64_t size, PolyaText end) {
  return end.size && end.size <= size && !memcmp(text + size - end.size, end.data, end.size);
}

static PolyaStatus sample(const PolyaInstance *self, const PolyaCall *call, const PolyaPrompt *prompt, uint32_t index,
                          PolyaSample *row) {
  int32_t last = prompt->tokens.count ? prompt->tokens.ids[prompt->tokens.count - 1] : END;
  int32_t *ids = call->alloc(call, sizeof *ids * (prompt->max_tokens + UINT64_C(1)), _Alignof(int32_t));
  float *logprobs = call->alloc(call, sizeof *logprobs * (prompt->max_tokens + UINT64_C(1)), _Alignof(float));
  uint8_t *text = call->alloc(call, prompt->max_tokens + UINT64_C(1), 1);
  if (!ids || !logprobs || !text) return call->fail(call, POLYA_OUT_OF_MEMORY, SAY("no memory for a sample"));
  uint64_t count = 0, size = 0;
  row->finish = POLYA_END_LENGTH;
  while (count < prompt->max_tokens && row->finish == POLYA_END_LENGTH) {
    if (call->stop(call)) {
      row->finish = POLYA_END_CANCELLED;
      break;
    }
    double all[VOCABULARY];
    log_probs(self, last, prompt->temperature == 0 ? 1 : prompt->temperature, all);
    uint64_t bits = mix(mix(mix(prompt->seed) + index) + count);
    last = pick(all, prompt, (double)(bits >> 11) / 9007199254740992.0);
    ids[count] = last;
    logprobs[count++] = (float)all[last];
    if (last == END) row->finish = POLYA_END_STOP;
    else text[size++] = (uint8_t)last;
    for (uint64_t i = 0; i < prompt->stop.count && last != END; i++) {
      PolyaText stop = *POLYA_ROW(PolyaText, prompt->stop, i);
      if (!ends_with(text, size, stop)) continue;
      size -= stop.size;
      row->finish = POLYA_END_STOP;
      break;
    }
  }
  row->text = (PolyaBytes){ text, size };
  row->tokens = (PolyaTokens){ ids, count };
  row->logprobs = logprobs;
  return POLYA_OK;
}

/* ---- how the host gets at it ---- */

static int known(PolyaTokens tokens) {
  for (uint64_t i = 0; i < tokens.count; i++)
    if (tokens.ids[i] < 0 || tokens.ids[i] >= VOCABULARY) return 0;
  return 1;
}

static PolyaStatus info(PolyaInstance *self, const PolyaCall *call, PolyaModelInfo *out) {
  (void)self, (void)call;
  out->name = SAY("template-name");
  out->family = SAY("bigram");
  out->device = SAY("cpu");
  out->dtype = SAY("float32");
  out->features = POLYA_MODEL_ONE_FORWARD;
  out->parameters = WEIGHTS;
  out->vocab_size = VOCABULARY;
  out->bos = out->eos = END;
  out->context_length = -1;
  return POLYA_OK;
}

static PolyaStatus encode(PolyaInstance *self, const PolyaCall *call, PolyaRows texts, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < texts.count; i++) {
    PolyaText text = *POLYA_ROW(PolyaText, texts, i);
    int32_t *ids = text.size ? call->alloc(call, text.size * sizeof *ids, _Alignof(int32_t)) : NULL;
    if (text.size && !ids) return call->fail(call, POLYA_OUT_OF_MEMORY, SAY("no memory for tokens"));
    for (uint64_t k = 0; k < text.size; k++) ids[k] = (unsigned char)text.data[k];
    *POLYA_ROW_MUT(PolyaTokens, out, i) = (PolyaTokens){ ids, text.size };
  }
  return POLYA_OK;
}

static PolyaStatus decode(PolyaInstance *self, const PolyaCall *call, PolyaRows tokens, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < tokens.count; i++) {
    PolyaTokens ids = *POLYA_ROW(PolyaTokens, tokens, i);
    if (!known(ids)) return call->fail(call, POLYA_BAD_ARGUMENT, SAY("a token id is outside 0...256"));
    uint8_t *data = ids.count ? call->alloc(call, ids.count, 1) : NULL;
    if (ids.count && !data) return call->fail(call, POLYA_OUT_OF_MEMORY, SAY("no memory for bytes"));
    uint64_t size = 0;
    for (uint64_t k = 0; k < ids.count; k++)
      if (ids.ids[k] != END) data[size++] = (uint8_t)ids.ids[k];
    *POLYA_ROW_MUT(PolyaBytes, out, i) = (PolyaBytes){ data, size };
  }
  return POLYA_OK;
}

static PolyaStatus generate(PolyaInstance *self, const PolyaCall *call, PolyaRows prompts, PolyaRowsMut out) {
  uint64_t place = 0;
  for (uint64_t i = 0; i < prompts.count; i++) {
    const PolyaPrompt *prompt = POLYA_ROW(PolyaPrompt, prompts, i);
    if (!known(prompt->tokens)) return call->fail(call, POLYA_BAD_ARGUMENT, SAY("a token id is outside 0...256"));
    for (uint32_t k = 0; k < prompt->samples && place < out.count; k++, place++) {
      PolyaSample *row = POLYA_ROW_MUT(PolyaSample, out, place);
      row->status = sample(self, call, prompt, k, row);
      if (row->finish != POLYA_END_CANCELLED) call->finished(call, place);
    }
  }
  return call->stop(call);
}

static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows sequences, PolyaRowsMut out) {
  for (uint64_t i = 0; i < sequences.count; i++) {
    const PolyaSequence *sequence = POLYA_ROW(PolyaSequence, sequences, i);
    PolyaScored *row = POLYA_ROW_MUT(PolyaScored, out, i);
    if (sequence->from < 1 || !known(sequence->tokens))
      return call->fail(call, POLYA_BAD_ARGUMENT, SAY("a sequence has a wild token or starts at 0"));
    for (uint64_t k = sequence->from; k < sequence->tokens.count; k++) {
      PolyaStatus stop = call->stop(call);
      if (stop) return stop;
      double all[VOCABULARY];
      log_probs(self, sequence->tokens.ids[k - 1], sequence->temperature == 0 ? 1 : sequence->temperature, all);
      if (row->logprobs) row->logprobs[k - sequence->from] = (float)all[sequence->tokens.ids[k]];
      if (row->entropies) row->entropies[k - sequence->from] = (float)entropy(all);
    }
  }
  return POLYA_OK;
}

/* A tape keeps the sequences: the last token is all that the network saw. */
typedef struct Kept { int32_t *ids; uint64_t count, from; double temperature; } Kept;
struct PolyaTape { uint64_t count; Kept sequences[]; };

static void drop(PolyaInstance *self, PolyaTape *tape) {
  (void)self;
  for (uint64_t i = 0; i < tape->count; i++) free(tape->sequences[i].ids);
  free(tape);
}

static PolyaStatus forward(PolyaInstance *self, const PolyaCall *call, PolyaRows sequences, PolyaRowsMut out,
                           PolyaTape **tape) {
  PolyaStatus status = score(self, call, sequences, out);
  if (status) return status;
  PolyaTape *kept = calloc(1, sizeof *kept + sequences.count * sizeof(Kept));
  if (!kept) return call->fail(call, POLYA_OUT_OF_MEMORY, SAY("no memory for a tape"));
  for (; kept->count < sequences.count; kept->count++) {
    const PolyaSequence *from = POLYA_ROW(PolyaSequence, sequences, kept->count);
    int32_t *ids = malloc(from->tokens.count * sizeof *ids);
    if (!ids) {
      drop(self, kept);
      return call->fail(call, POLYA_OUT_OF_MEMORY, SAY("no memory for a tape"));
    }
    memcpy(ids, from->tokens.ids, from->tokens.count * sizeof *ids);
    kept->sequences[kept->count] =
      (Kept){ ids, from->tokens.count, from->from, from->temperature == 0 ? 1 : from->temperature };
  }
  *tape = kept;
  return POLYA_OK;
}

static PolyaStatus backward(PolyaInstance *self, const PolyaCall *call, PolyaTape *tape, PolyaRows gradients) {
  PolyaStatus status = POLYA_OK;
  for (uint64_t i = 0; i < tape->count && !status; i++) {
    const Kept *kept = &tape->sequences[i];
    const PolyaGradient *gradient = i < gradients.count ? POLYA_ROW(PolyaGradient, gradients, i) : NULL;
    if (!gradient || gradient->count != kept->count - kept->from) {
      status = call->fail(call, POLYA_BAD_ARGUMENT, SAY("there are not as many gradients as scored tokens"));
      break;
    }
    status = call->stop(call);
    for (uint64_t k = 0; k < gradient->count && !status; k++) {
      double dlogprob = gradient->dlogprobs ? gradient->dlogprobs[k] : 0;
      double dentropy = gradient->dentropies ? gradient->dentropies[k] : 0;
      const int32_t *next = kept->ids + kept->from + k;
      if (dlogprob != 0 || dentropy != 0) add_gradient(self, next[-1], *next, kept->temperature, dlogprob, dentropy);
    }
  }
  drop(self, tape);
  return status;
}

static PolyaStatus step(PolyaInstance *self, const PolyaCall *call, const PolyaStep *in, PolyaStepReport *out) {
  (void)call;
  optimize(self, in, out);
  return POLYA_OK;
}

/* ---- the checkpoint: a magic word, a checksum, the weights ---- */

typedef struct Header { char magic[8]; uint64_t checksum; } Header;
static const char magic[8] = "bigram1";

/* FNV-1a of 64 bits: a flipped bit must not become a model. */
static uint64_t checksum(const float *weights) {
  const unsigned char *bytes = (const unsigned char *)weights;
  uint64_t hash = 0xCBF29CE484222325u;
  for (size_t i = 0; i < WEIGHTS * sizeof *weights; i++) hash = (hash ^ bytes[i]) * 0x100000001B3u;
  return hash;
}

static FILE *open_weights(PolyaText folder, const char *mode) {
  char path[4096];
  int size = snprintf(path, sizeof path, "%.*s/weights.bin", (int)folder.size, folder.data);
  return size > 0 && (size_t)size < sizeof path ? fopen(path, mode) : NULL;
}

static PolyaStatus save(PolyaInstance *self, const PolyaCall *call, PolyaText folder) {
  Header header = { "", checksum(self->weights) };
  memcpy(header.magic, magic, sizeof magic);
  FILE *file = open_weights(folder, "wxb");
  if (!file) return call->fail(call, POLYA_IO, SAY("weights.bin cannot be created: is the folder empty?"));
  int whole = fwrite(&header, sizeof header, 1, file) == 1
              && fwrite(self->weights, sizeof self->weights, 1, file) == 1;
  whole = fclose(file) == 0 && whole;
  return whole ? POLYA_OK : call->fail(call, POLYA_IO, SAY("weights.bin cannot be written: is the disk full?"));
}

static PolyaStatus load(PolyaInstance *self, const PolyaCall *call, PolyaText folder) {
  FILE *file = open_weights(folder, "rb");
  if (!file) return call->fail(call, POLYA_NOT_FOUND, SAY("the folder has no weights.bin"));
  Header header;
  float *weights = malloc(sizeof self->weights);
  int whole = weights && fread(&header, sizeof header, 1, file) == 1
              && fread(weights, sizeof self->weights, 1, file) == 1 && fgetc(file) == EOF
              && !memcmp(header.magic, magic, sizeof magic) && header.checksum == checksum(weights);
  fclose(file);
  if (whole) {
    memcpy(self->weights, weights, sizeof self->weights);
    memset(self->gradients, 0, sizeof self->gradients);
    memset(self->mean, 0, sizeof self->mean);
    memset(self->square, 0, sizeof self->square);
    self->steps = 0;
  }
  free(weights);
  return whole ? POLYA_OK : call->fail(call, POLYA_CORRUPT, SAY("weights.bin is not whole: take another checkpoint"));
}

static const PolyaOption options[] = {
  { .key = TEXT("folder"), .help = TEXT("A checkpoint to start from; without it all tokens are equally likely."),
    .type = POLYA_OPT_PATH },
};

static void destroy(const PolyaPlugin *plugin, PolyaInstance *self) {
  (void)plugin;
  free(self);
}

static PolyaStatus create(const PolyaPlugin *plugin, const PolyaCall *call, PolyaRows values, PolyaInstance **out) {
  PolyaInstance *self = calloc(1, sizeof *self);
  if (!self) return call->fail(call, POLYA_OUT_OF_MEMORY, SAY("no memory for the weights"));
  const PolyaValue *folder = POLYA_ROW(PolyaValue, values, 0);
  PolyaStatus status = folder->type ? load(self, call, folder->text) : POLYA_OK;
  if (status) destroy(plugin, self);
  else *out = self;
  return status;
}

static const PolyaModel model = {
  .struct_size = sizeof model, .info = info, .encode = encode, .decode = decode, .generate = generate, .score = score,
  .forward = forward, .backward = backward, .drop = drop, .step = step, .save = save, .load = load,
};

static const void *table(const PolyaPlugin *plugin, const char *id) {
  (void)plugin;
  return strcmp(id, POLYA_MODEL) ? NULL : (const void *)&model;
}

static const PolyaPlugin plugin = {
  .struct_size = sizeof plugin, .id = TEXT("TEMPLATE_ID"),
  .kind = TEXT(POLYA_MODEL), .version = TEXT("0.1.0"), .title = TEXT("Bigrams"),
  .summary = TEXT("A table of byte pairs as a language model: small, fast, and trainable."),
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
