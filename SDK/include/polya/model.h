/* model.h - "polya.model/1": sample, log-probs, gradients.
 * Token ids are the only currency: what generate() returned is what score() and forward() are asked about. */
#ifndef POLYA_MODEL_H
#define POLYA_MODEL_H

#include "plugin.h"

POLYA_BEGIN

#define POLYA_MODEL_CHAT        (UINT64_C(1) << 0) /* render() applies a chat template */
#define POLYA_MODEL_ONE_FORWARD (UINT64_C(1) << 1) /* generate() and forward() share one implementation */
#define POLYA_MODEL_MASK        (UINT64_C(1) << 2) /* generate() tells masks, score() and forward() obey them; since 1.1 */

typedef struct PolyaModelInfo {
  uint32_t struct_size, layers;    /* layers: blocks between input and logits, one after the other; 0: unknown */
  PolyaText name, family, device, dtype;
  uint64_t features, parameters;
  int32_t vocab_size, context_length, bos, eos; /* -1: unknown or none */
  uint8_t tokenizer_hash[32];  /* SHA-256 of the tokenizer: models of one hash share token ids; zero: unknown */
} PolyaModelInfo;

/* Log-probs everywhere are natural logarithms of softmax(logits / temperature): the distribution that is sampled
 * from before top-k, top-p and min-p cut it. */
typedef struct PolyaPrompt {
  uint64_t item_id, seed;      /* seed: with sample index and position the only source of randomness */
  PolyaTokens tokens;          /* at least one */
  uint32_t samples, max_tokens;
  double temperature;          /* 0: the most likely token */
  double top_p, min_p;         /* 1 and 0: off */
  int32_t top_k, zero;         /* top_k 0: off */
  PolyaRows stop;              /* PolyaText: ends the sample; not part of its text */
  uint32_t wants_mask, zero2;  /* wants_mask: not 0 if samples should tell their masks; since 1.1 */
} PolyaPrompt;

enum { POLYA_END_STOP = 1, POLYA_END_LENGTH, POLYA_END_CANCELLED, POLYA_END_FILTERED, POLYA_END_FAILED };
typedef struct PolyaSample {
  PolyaStatus status;
  uint32_t finish;
  PolyaBytes text;             /* without the end token and the stop string; may end inside a code point */
  PolyaTokens tokens;          /* all that was sampled, end token included */
  const float *logprobs;       /* [tokens.count], or NULL */
  /* Since 1.1, for a prompt that wants it and cuts the distribution: the sampling mask, that is, which tokens top-k,
   * top-p and min-p left to draw from. mask: the ids of all positions, one after the other; mask_ends: where those of
   * each position end in it; empty without a mask. */
  PolyaTokens mask, mask_ends;
  const float *mask_logmass;   /* [tokens.count], or NULL: ln of the probability that they had together */
} PolyaSample;

typedef struct PolyaSequence {
  uint64_t item_id;
  PolyaTokens tokens;
  uint64_t from;               /* score tokens[from...]; >= 1 */
  uint64_t group;              /* non-zero: sequences that share a prompt, so that its pass may be shared */
  double temperature;          /* 0 counts as 1 */
  /* Since 1.1: a sampling mask as a sample tells it, with an end for each scored token. Log-probs and entropies are
   * then of the distribution among these tokens alone. Empty for all tokens. */
  PolyaTokens mask, mask_ends;
} PolyaSequence;

typedef struct PolyaScored {
  PolyaStatus status;
  int32_t zero;
  float *logprobs, *entropies; /* the caller's, [tokens.count - from] each; entropies may be NULL, and a model that has
                                * none leaves them as they are: all NaN */
} PolyaScored;

/* d loss / d logprob and, when not NULL, d loss / d entropy; count: tokens.count - from. */
typedef struct PolyaGradient {
  const float *dlogprobs, *dentropies; /* [count] each */
  uint64_t count;
} PolyaGradient;

/* AdamW with decoupled weight decay and clipping by the global norm (clip_norm 0: none). Gradients are multiplied
 * by gradient_scale first. */
typedef struct PolyaStep {
  uint32_t struct_size, zero;
  double learning_rate, beta1, beta2, epsilon, weight_decay, clip_norm, gradient_scale;
  /* Steps that this training took before, in this process or before an interruption. 0 begins a training:
   * moments of an earlier one, also those that load() brought, are forgotten. */
  uint64_t index;
} PolyaStep;
typedef struct PolyaStepReport {
  uint32_t struct_size, skipped; /* 1: the gradient norm was not finite, nothing changed */
  uint64_t step;
  double gradient_norm, update_norm;
} PolyaStepReport;

/* A text as a vector. */
typedef struct PolyaEmbedding { const float *values; /* [count] */ uint64_t count; } PolyaEmbedding;

typedef struct PolyaTape PolyaTape; /* opaque, the plugin's own: what backward() needs of one forward() */

#define POLYA_MODEL "polya.model/1"
typedef struct PolyaModel {
  uint32_t struct_size, zero;
  /* Fills *out, which the host has zeroed but for struct_size; changes only by load(). On failure *out is not
   * read. */
  PolyaStatus (*info)(PolyaInstance *self, const PolyaCall *call, PolyaModelInfo *out);
  /* texts: PolyaText, tokens: PolyaTokens, same count and order. Special tokens are not added. A failure is that
   * of the whole call. */
  PolyaStatus (*encode)(PolyaInstance *self, const PolyaCall *call, PolyaRows texts, PolyaRowsMut tokens);
  /* tokens: PolyaTokens, bytes: PolyaBytes, same count and order. Fails as encode(), also for an id outside the
   * vocabulary. */
  PolyaStatus (*decode)(PolyaInstance *self, const PolyaCall *call, PolyaRows tokens, PolyaRowsMut bytes);
  /* Optional. chats: PolyaRows of PolyaMessage, tokens: PolyaTokens each, with what the model wants around them: a
   * prompt that the assistant is to answer, or, of a conversation that ends with the assistant's message, all of it
   * up to the token with which the model ends its turn. Fails as encode(). */
  PolyaStatus (*render)(PolyaInstance *self, const PolyaCall *call, PolyaRows chats, PolyaRowsMut tokens);
  /* prompts: PolyaPrompt, out: PolyaSample, as many as all prompts want samples, prompt by prompt. A row's own status
   * says that this sample failed; when the call is stopped, samples that were complete stay valid and the others end
   * CANCELLED. */
  PolyaStatus (*generate)(PolyaInstance *self, const PolyaCall *call, PolyaRows prompts, PolyaRowsMut out);
  /* Optional. sequences: PolyaSequence, out: PolyaScored, same count and order; their arrays are the host's. */
  PolyaStatus (*score)(PolyaInstance *self, const PolyaCall *call, PolyaRows sequences, PolyaRowsMut out);
  /* Training, NULL when not trained. The host owns the loss: it reads log-probs from forward(),
   * computes d loss / d logprob and hands them to backward(), which adds to the gradients.
   * forward: as score(); on success *tape is the plugin's until backward() or drop(), on failure it stays NULL. */
  PolyaStatus (*forward)(PolyaInstance *self, const PolyaCall *call, PolyaRows sequences, PolyaRowsMut out,
                         PolyaTape **tape);
  /* Consumes the tape, also when it fails; then the gradients are undefined until the next step(), which the
   * host does not take. gradients: PolyaGradient, one per sequence, borrowed. */
  PolyaStatus (*backward)(PolyaInstance *self, const PolyaCall *call, PolyaTape *tape, PolyaRows gradients);
  /* Consumes a tape that is not wanted. Cannot fail. */
  void (*drop)(PolyaInstance *self, PolyaTape *tape);
  /* One optimizer step, then zeroes the gradients. On failure the weights are those before. */
  PolyaStatus (*step)(PolyaInstance *self, const PolyaCall *call, const PolyaStep *in, PolyaStepReport *out);
  /* Writes files into an empty folder; the host syncs and renames it, or throws it away on failure. What only step()
   * continues from, as moments, goes into its subfolder "training", so that a training resumes after load() as if
   * nothing had been. The host deletes "training" where no training will resume, and load() must do without it. */
  PolyaStatus (*save)(PolyaInstance *self, const PolyaCall *call, PolyaText empty_folder);
  /* All or nothing: failure (POLYA_CORRUPT, POLYA_NOT_FOUND, POLYA_IO) leaves the old weights. */
  PolyaStatus (*load)(PolyaInstance *self, const PolyaCall *call, PolyaText folder);
  /* Optional. tokens: PolyaTokens of whole texts, out: PolyaEmbedding, same count and order: finite
   * vectors of one length, close for texts that are alike. Fails as encode(). */
  PolyaStatus (*embed)(PolyaInstance *self, const PolyaCall *call, PolyaRows tokens, PolyaRowsMut out);
} PolyaModel;

POLYA_END
#endif
