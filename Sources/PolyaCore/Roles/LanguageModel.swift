/// Samples, scores and learns. Token ids are the only currency between sampling and training.
///
/// Log-probs are natural logarithms of softmax(logits / temperature), before any truncation.
package protocol LanguageModel: AnyObject {
  /// Sizes, special ids, features.
  var info: ModelInfo { get }
  /// Token ids of texts, without special tokens.
  func encode(_ texts: [String]) throws -> [[Int32]]
  /// Bytes of token ids.
  func decode(_ tokens: [[Int32]]) throws -> [[UInt8]]
  /// Token ids of a prompt for each conversation: the model's chat template, or, for a model without one, the
  /// contents one after the other.
  func promptTokens(for chats: [[Message]]) throws -> [[Int32]]
  /// Whole texts as vectors of one length, close for texts that are alike; nil when the model gives none.
  func embed(_ texts: [[Int32]]) throws -> [[Float]]?
  /// The samples of each request.
  func generate(_ requests: [GenerationRequest]) throws -> [[Completion]]
  /// Log-probs of `tokens[from...]`.
  func score(_ sequences: [TokenSequence]) throws -> [ScoredSequence]
  /// As `score`, keeping what `backward` needs. Exactly one of `backward` and `drop` must follow.
  func forward(_ sequences: [TokenSequence]) throws -> ForwardPass
  /// Adds the gradients of one forward pass, one per sequence.
  func backward(_ pass: ForwardPass, gradients: [SequenceGradient]) throws
  /// Forgets a forward pass.
  func drop(_ pass: ForwardPass) throws
  /// One optimizer step; the gradients are zero afterwards.
  func step(_ step: OptimizerStep) throws -> StepReport
  /// Writes a checkpoint into an empty folder.
  func save(to folder: String) throws
  /// Replaces the weights; failure leaves the old ones.
  func load(from folder: String) throws
}

extension LanguageModel {
  /// None.
  package func embed(_ texts: [[Int32]]) -> [[Float]]? { nil }
}

/// Name, sizes and identity of a model.
package struct ModelInfo: Sendable, Equatable {
  /// For people.
  package var name, family, device, dtype: String
  /// Whether sampling and training share one implementation.
  package var sharesForward: Bool
  /// Whether it can learn.
  package var trains: Bool
  /// Whether it has a chat template.
  package var chats: Bool
  /// Number of weights.
  package var parameters: Int
  /// Token ids are below it; nil: unknown.
  package var vocabularySize: Int?
  /// Longest sequence in tokens; nil: unknown.
  package var contextLength: Int?
  /// Special ids.
  package var bos, eos: Int32?
  /// SHA-256 of the tokenizer: models of one hash share token ids; nil: unknown.
  package var tokenizerHash: [UInt8]?

  /// Name, sizes and identity of a model.
  package init(
    name: String, family: String, device: String, dtype: String, sharesForward: Bool, trains: Bool,
    chats: Bool,
    parameters: Int, vocabularySize: Int?, contextLength: Int?, bos: Int32?, eos: Int32?,
    tokenizerHash: [UInt8]? = nil
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
    self.bos = bos
    self.eos = eos
    self.tokenizerHash = tokenizerHash
  }
}

extension ModelInfo {
  /// Whether token ids of one model mean the same to the other; true as long as one of the tokenizers is unknown.
  package func sharesTokens(with other: ModelInfo) -> Bool {
    guard let own = tokenizerHash, let others = other.tokenizerHash else { return true }
    return own == others
  }

  /// Why a prompt of so many tokens cannot be continued; nil when it can.
  package func refusal(ofPrompt tokens: Int) -> String? {
    guard let contextLength, tokens >= contextLength else { return tokens == 0 ? "the prompt is empty" : nil }
    return "the prompt has \(tokens) tokens, the model's context \(contextLength)"
  }
}

/// How to sample.
package struct Sampling: Sendable, Equatable {
  /// At most so many new tokens.
  package var maxTokens: Int
  /// 0: the most likely token.
  package var temperature: Double
  /// 0: off.
  package var topK: Int
  /// 1: off.
  package var topP: Double
  /// 0: off.
  package var minP: Double
  /// End a sample.
  package var stop: [String]

  /// Sampling parameters.
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
}

/// A prompt and how often to continue it.
package struct GenerationRequest: Sendable {
  /// Identifies the request within its stage.
  package var id: UInt64
  /// With sample index and position the only source of randomness.
  package var seed: UInt64
  /// The prompt.
  package var tokens: [Int32]
  /// How many continuations.
  package var samples: Int
  /// How to sample.
  package var sampling: Sampling

  /// A request.
  package init(id: UInt64, seed: UInt64, tokens: [Int32], samples: Int, sampling: Sampling) {
    self.id = id
    self.seed = seed
    self.tokens = tokens
    self.samples = samples
    self.sampling = sampling
  }
}

/// One continuation.
package struct Completion: Sendable, Equatable {
  /// Why it ended.
  package enum Finish: String, Sendable {
    case stop, length, cancelled, filtered
  }

  /// Why it ended.
  package var finish: Finish
  /// Without end token and stop string; may end inside a code point.
  package var text: [UInt8]
  /// All that was sampled, end token included.
  package var tokens: [Int32]
  /// One per token.
  package var logprobs: [Float]

  /// A continuation.
  package init(finish: Finish, text: [UInt8], tokens: [Int32], logprobs: [Float]) {
    self.finish = finish
    self.text = text
    self.tokens = tokens
    self.logprobs = logprobs
  }
}

/// Tokens whose tail counts.
package struct TokenSequence: Sendable, Equatable {
  /// Prompt and completion.
  package var tokens: [Int32]
  /// The tail starts here; at least 1.
  package var from: Int
  /// Sequences of one non-zero group share their prompt.
  package var group: UInt64
  /// Divides the logits.
  package var temperature: Double

  /// A sequence.
  package init(tokens: [Int32], from: Int, group: UInt64 = 0, temperature: Double = 1) {
    self.tokens = tokens
    self.from = from
    self.group = group
    self.temperature = temperature
  }

  /// How many tokens count.
  package var scoredCount: Int { tokens.count - from }
}

/// Values of the tail, one per token.
package struct ScoredSequence: Sendable, Equatable {
  /// Natural logarithms.
  package var logprobs: [Float]
  /// The entropy of the distribution at each token's position, in nats; empty when the model gives none.
  package var entropies: [Float]

  /// Values.
  package init(logprobs: [Float], entropies: [Float]) {
    self.logprobs = logprobs
    self.entropies = entropies
  }
}

/// How the loss changes with the values of one sequence's tail, one number per token.
package struct SequenceGradient: Sendable, Equatable {
  /// d loss / d log-prob.
  package var logprobs: [Float]
  /// d loss / d entropy; nil when the loss does not depend on entropies, which spares the model the work.
  package var entropies: [Float]?

  /// A gradient; by default that of a loss of log-probs alone.
  package init(logprobs: [Float], entropies: [Float]? = nil) {
    self.logprobs = logprobs
    self.entropies = entropies
  }
}

/// Log-probs whose backward pass is still possible.
package final class ForwardPass {
  /// One per sequence.
  package let scored: [ScoredSequence]
  /// The model's own.
  package let tape: AnyObject

  /// A pass.
  package init(scored: [ScoredSequence], tape: AnyObject) {
    self.scored = scored
    self.tape = tape
  }
}

/// Numbers of one AdamW step.
package struct OptimizerStep: Sendable, Equatable {
  /// Step size.
  package var learningRate: Double
  /// Decay of the moments.
  package var beta1 = 0.9
  /// Decay of the moments.
  package var beta2 = 0.95
  /// Added to the root of the second moment.
  package var epsilon = 1e-8
  /// Decoupled.
  package var weightDecay: Double
  /// Global gradient norm at most; 0: no clipping.
  package var clipNorm: Double
  /// Steps of this training before; the first one forgets what the model's optimizer knows.
  package var index: Int

  /// Numbers of a step.
  package init(learningRate: Double, weightDecay: Double, clipNorm: Double, index: Int) {
    self.index = index
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
  }
}

/// What a step did.
package struct StepReport: Sendable, Equatable {
  /// Left out since the gradient norm was not finite.
  package var skipped: Bool
  /// Before clipping.
  package var gradientNorm: Double
  /// Of the change of the weights.
  package var updateNorm: Double

  /// A report.
  package init(skipped: Bool, gradientNorm: Double, updateNorm: Double) {
    self.skipped = skipped
    self.gradientNorm = gradientNorm
    self.updateNorm = updateNorm
  }
}
