/// A model that samples, scores, and learns. Sampling and training exchange token ids only, never text.
///
/// Log-probs are natural logarithms of softmax(logits / temperature), before any truncation such as top-k.
package protocol LanguageModel: AnyObject {
  /// Name, sizes, special ids, and features.
  var info: ModelInfo { get }
  /// Returns the token ids of each text, without special tokens.
  func encode(_ texts: [String]) throws -> [[Int32]]
  /// Returns the bytes of each token sequence.
  func decode(_ tokens: [[Int32]]) throws -> [[UInt8]]
  /// Returns the token ids of a prompt for each conversation, by the model's chat template. A model without
  /// one joins the contents of the messages.
  func promptTokens(for chats: [[Message]]) throws -> [[Int32]]
  /// Returns one vector per text, all of one length and close for similar texts; nil if the model has no
  /// embeddings.
  func embed(_ texts: [[Int32]]) throws -> [[Float]]?
  /// Returns the samples of each request, in request order.
  func generate(_ requests: [GenerationRequest]) throws -> [[Completion]]
  /// Returns the log-probs of `tokens[from...]` of each sequence.
  func score(_ sequences: [TokenSequence]) throws -> [ScoredSequence]
  /// Computes the same as `score` and keeps what `backward` needs. The caller must then call exactly one of
  /// `backward` and `drop`.
  func forward(_ sequences: [TokenSequence]) throws -> ForwardPass
  /// Accumulates the gradients of a forward pass, given one gradient per sequence.
  func backward(_ pass: ForwardPass, gradients: [SequenceGradient]) throws
  /// Discards a forward pass.
  func drop(_ pass: ForwardPass) throws
  /// Applies one optimizer step and clears the gradients.
  func step(_ step: OptimizerStep) throws -> StepReport
  /// Writes a checkpoint into an empty folder, with what only ``step(_:)`` continues from in its subfolder
  /// ``CheckpointFolder/training``.
  func save(to folder: String) throws
  /// Replaces the weights; on failure, keeps the old ones.
  func load(from folder: String) throws
}

extension LanguageModel {
  /// Returns nil: by default a model has no embeddings.
  package func embed(_ texts: [[Int32]]) -> [[Float]]? { nil }

  /// Returns token sequences as text for people, special tokens included; bytes that are not UTF-8 become U+FFFD.
  package func text(of tokens: [[Int32]]) throws -> [String] {
    try decode(tokens).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// The name, sizes, and identity of a model.
package struct ModelInfo: Sendable, Equatable {
  /// Descriptions for people; nothing depends on them.
  package var name, family, device: String
  /// The data type of its matrix products, on which the rounding of its log-probs depends.
  package var dtype: String
  /// Whether sampling and training use the same forward implementation.
  package var sharesForward: Bool
  /// Whether the model can be trained.
  package var trains: Bool
  /// Whether the model has a chat template.
  package var chats: Bool
  /// Whether its samples can tell their masks, and its log-probs be among the tokens of a mask.
  package var masks: Bool
  /// The number of weights.
  package var parameters: Int
  /// The number of token ids; nil if unknown.
  package var vocabularySize: Int?
  /// The longest sequence in tokens; nil if unknown.
  package var contextLength: Int?
  /// The number of blocks between input and logits, one after the other; nil if unknown.
  package var layers: Int?
  /// The ids of the tokens that begin and end a text; nil if the model has none.
  package var bos, eos: Int32?
  /// The SHA-256 of the tokenizer, nil if unknown. Models with the same hash share token ids.
  package var tokenizerHash: [UInt8]?

  /// Creates a description of a model.
  package init(
    name: String, family: String, device: String, dtype: String, sharesForward: Bool, trains: Bool,
    chats: Bool,
    parameters: Int, vocabularySize: Int?, contextLength: Int?, bos: Int32?, eos: Int32?,
    tokenizerHash: [UInt8]? = nil, layers: Int? = nil, masks: Bool = false
  ) {
    self.name = name
    self.family = family
    self.device = device
    self.dtype = dtype
    self.sharesForward = sharesForward
    self.trains = trains
    self.chats = chats
    self.parameters = parameters
    self.vocabularySize = vocabularySize
    self.contextLength = contextLength
    self.layers = layers
    self.masks = masks
    self.bos = bos
    self.eos = eos
    self.tokenizerHash = tokenizerHash
  }
}

extension ModelInfo {
  /// Whether it computes with whole numbers of 8 bits, so coarsely that what it samples is not a rounding away from what
  /// another precision would.
  package var isQuantized: Bool { dtype == "int8" }

  /// Whether both models assign the same meaning to token ids; true if either tokenizer is unknown.
  package func sharesTokens(with other: ModelInfo) -> Bool {
    guard let own = tokenizerHash, let others = other.tokenizerHash else { return true }
    return own == others
  }

  /// Returns why a prompt of `tokens` tokens cannot be continued, or nil if it can.
  package func refusal(ofPrompt tokens: Int) -> String? {
    guard let contextLength, tokens >= contextLength else { return tokens == 0 ? "the prompt is empty" : nil }
    return "the prompt has \(tokens) tokens, but the model's context has only \(contextLength)"
  }
}

/// The parameters of sampling.
package struct Sampling: Sendable, Equatable {
  /// The maximum number of new tokens.
  package var maxTokens: Int
  /// The temperature that divides the logits; 0 selects the most likely token.
  package var temperature: Double
  /// The number of most likely tokens to draw from; 0 turns this off.
  package var topK: Int
  /// The probability mass of the most likely tokens to draw from; 1 turns this off.
  package var topP: Double
  /// The least probability of a token, relative to the most likely one; 0 turns this off.
  package var minP: Double
  /// Strings that end a sample.
  package var stop: [String]

  /// Creates sampling parameters; the defaults sample from the full distribution.
  package init(
    maxTokens: Int, temperature: Double = 1, topK: Int = 0, topP: Double = 1, minP: Double = 0,
    stop: [String] = []
  ) {
    self.maxTokens = maxTokens
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.stop = stop
  }

  /// Whether only some of the tokens can be drawn.
  package var isCut: Bool { topK > 0 || topP < 1 || minP > 0 }
}

/// A prompt and the number of continuations to sample.
package struct GenerationRequest: Sendable {
  /// Identifies the request within its stage.
  package var id: UInt64
  /// The seed; together with sample index and position it fully determines the randomness.
  package var seed: UInt64
  /// The token ids of the prompt.
  package var tokens: [Int32]
  /// The number of continuations to sample.
  package var samples: Int
  /// The parameters of sampling.
  package var sampling: Sampling
  /// Whether samples should tell their masks. A model that has none ignores it.
  package var wantsMask: Bool

  /// Creates a request.
  package init(
    id: UInt64, seed: UInt64, tokens: [Int32], samples: Int, sampling: Sampling, wantsMask: Bool = false
  ) {
    self.wantsMask = wantsMask
    self.id = id
    self.seed = seed
    self.tokens = tokens
    self.samples = samples
    self.sampling = sampling
  }
}

/// One sampled continuation of a prompt.
package struct Completion: Sendable, Equatable {
  /// Why a completion ended.
  package enum Finish: String, Sendable {
    case stop, length, cancelled, filtered
  }

  /// Why the completion ended.
  package var finish: Finish
  /// The bytes without end token and stop string; may end inside a code point.
  package var text: [UInt8]
  /// The ids of all sampled tokens, including an end token.
  package var tokens: [Int32]
  /// The log-prob of each sampled token.
  package var logprobs: [Float]
  /// What could be drawn instead of each token; empty if it was not asked for, or anything could.
  package var mask: SamplingMask
  /// The logarithm of the probability that the tokens of the mask had together, at each position; empty without a mask.
  package var maskLogMass: [Float]

  /// Creates a completion.
  package init(
    finish: Finish, text: [UInt8], tokens: [Int32], logprobs: [Float], mask: SamplingMask = SamplingMask(),
    maskLogMass: [Float] = []
  ) {
    self.mask = mask
    self.maskLogMass = maskLogMass
    self.finish = finish
    self.text = text
    self.tokens = tokens
    self.logprobs = logprobs
  }
}

/// A sequence of tokens of which the tail is scored.
package struct TokenSequence: Sendable, Equatable {
  /// The token ids of prompt and completion.
  package var tokens: [Int32]
  /// The index at which the tail begins; at least 1.
  package var from: Int
  /// Sequences with the same non-zero group share their prompt.
  package var group: UInt64
  /// The temperature that divides the logits.
  package var temperature: Double
  /// The tokens among which each scored token's log-prob and entropy are; empty for all.
  package var mask: SamplingMask

  /// Creates a sequence; by default it shares no prompt and uses temperature 1.
  package init(
    tokens: [Int32], from: Int, group: UInt64 = 0, temperature: Double = 1,
    mask: SamplingMask = SamplingMask()
  ) {
    self.mask = mask
    self.tokens = tokens
    self.from = from
    self.group = group
    self.temperature = temperature
  }

  /// The number of tokens in the tail.
  package var scoredCount: Int { tokens.count - from }
}

/// The values of a sequence's tail, one per token.
package struct ScoredSequence: Sendable, Equatable {
  /// The log-prob of each token.
  package var logprobs: [Float]
  /// The entropy, in nats, of the distribution at each token's position; empty if the model provides none.
  package var entropies: [Float]

  /// Creates a scored sequence.
  package init(logprobs: [Float], entropies: [Float]) {
    self.logprobs = logprobs
    self.entropies = entropies
  }
}

/// What the host knows about the files of a checkpoint.
package enum CheckpointFolder {
  /// The subfolder with what only ``LanguageModel/step(_:)`` continues from, such as moments. Without it, the
  /// model is the same.
  package static let training = "training"
}

/// The derivatives of the loss with respect to the values of one sequence's tail, one per token.
package struct SequenceGradient: Sendable, Equatable {
  /// d loss / d log-prob.
  package var logprobs: [Float]
  /// d loss / d entropy. Pass nil if the loss does not depend on entropies, which saves the model work.
  package var entropies: [Float]?

  /// Creates a gradient, by default of a loss that depends only on log-probs.
  package init(logprobs: [Float], entropies: [Float]? = nil) {
    self.logprobs = logprobs
    self.entropies = entropies
  }
}

/// A forward pass that is waiting for its backward pass.
package final class ForwardPass {
  /// The values of each sequence.
  package let scored: [ScoredSequence]
  /// The model's own state for the backward pass.
  package let tape: AnyObject

  /// Creates a forward pass.
  package init(scored: [ScoredSequence], tape: AnyObject) {
    self.scored = scored
    self.tape = tape
  }
}

/// The parameters of one AdamW step.
package struct OptimizerStep: Sendable, Equatable {
  /// The learning rate.
  package var learningRate: Double
  /// The decay rate of the first moment.
  package var beta1 = 0.9
  /// The decay rate of the second moment.
  package var beta2 = 0.95
  /// The term added to the square root of the second moment.
  package var epsilon = 1e-8
  /// The coefficient of the decoupled weight decay.
  package var weightDecay: Double
  /// The maximum global gradient norm; 0 turns clipping off.
  package var clipNorm: Double
  /// The number of earlier steps in this training. At 0, the model resets its optimizer state.
  package var index: Int

  /// Creates a step with the default moments and epsilon.
  package init(learningRate: Double, weightDecay: Double, clipNorm: Double, index: Int) {
    self.index = index
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
  }
}

/// The outcome of an optimizer step.
package struct StepReport: Sendable, Equatable {
  /// Whether the step was skipped because the gradient norm was not finite.
  package var skipped: Bool
  /// The global gradient norm before clipping.
  package var gradientNorm: Double
  /// The norm of the change of the weights.
  package var updateNorm: Double

  /// Creates a report.
  package init(skipped: Bool, gradientNorm: Double, updateNorm: Double) {
    self.skipped = skipped
    self.gradientNorm = gradientNorm
    self.updateNorm = updateNorm
  }
}
