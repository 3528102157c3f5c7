/// Samples, scores and learns. Token ids are the only currency between sampling and training.
///
/// Log-probs are natural logarithms of softmax(logits / temperature), before any truncation.
public protocol LanguageModel: AnyObject {
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
  public func embed(_ texts: [[Int32]]) -> [[Float]]? { nil }
}

/// Name, sizes and identity of a model.
public struct ModelInfo: Sendable, Equatable {
  /// For people.
  public var name, family, device, dtype: String
  /// Whether sampling and training share one implementation.
  public var sharesForward: Bool
  /// Whether it can learn.
  public var trains: Bool
  /// Whether it has a chat template.
  public var chats: Bool
  /// Number of weights.
  public var parameters: Int
  /// Token ids are below it; nil: unknown.
  public var vocabularySize: Int?
  /// Longest sequence in tokens; nil: unknown.
  public var contextLength: Int?
  /// Special ids.
  public var bos, eos: Int32?
  /// SHA-256 of the tokenizer: models of one hash share token ids; nil: unknown.
  public var tokenizerHash: [UInt8]?

  /// Name, sizes and identity of a model.
  public init(
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
  public func sharesTokens(with other: ModelInfo) -> Bool {
    guard let own = tokenizerHash, let others = other.tokenizerHash else { return true }
    return own == others
  }

  /// Why a prompt of so many tokens cannot be continued; nil when it can.
  public func refusal(ofPrompt tokens: Int) -> String? {
    guard let contextLength, tokens >= contextLength else { return tokens == 0 ? "the prompt is empty" : nil }
    return "the prompt has \(tokens) tokens, the model's context \(contextLength)"
  }
}

/// How to sample.
public struct Sampling: Sendable, Equatable {
  /// At most so many new tokens.
  public var maxTokens: Int
  /// 0: the most likely token.
  public var temperature: Double
  /// 0: off.
  public var topK: Int
  /// 1: off.
  public var topP: Double
  /// 0: off.
  public var minP: Double
  /// End a sample.
  public var stop: [String]

  /// Sampling parameters.
  public init(
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
public struct GenerationRequest: Sendable {
  /// Identifies the request within its stage.
  public var id: UInt64
  /// With sample index and position the only source of randomness.
  public var seed: UInt64
  /// The prompt.
  public var tokens: [Int32]
  /// How many continuations.
  public var samples: Int
  /// How to sample.
  public var sampling: Sampling

  /// A request.
  public init(id: UInt64, seed: UInt64, tokens: [Int32], samples: Int, sampling: Sampling) {
    self.id = id
    self.seed = seed
    self.tokens = tokens
    self.samples = samples
    self.sampling = sampling
  }
}

/// One continuation.
public struct Completion: Sendable, Equatable {
  /// Why it ended.
  public enum Finish: String, Sendable {
    case stop, length, cancelled, filtered
  }

  /// Why it ended.
  public var finish: Finish
  /// Without end token and stop string; may end inside a code point.
  public var text: [UInt8]
  /// All that was sampled, end token included.
  public var tokens: [Int32]
  /// One per token.
  public var logprobs: [Float]

  /// A continuation.
  public init(finish: Finish, text: [UInt8], tokens: [Int32], logprobs: [Float]) {
    self.finish = finish
    self.text = text
    self.tokens = tokens
    self.logprobs = logprobs
  }
}

/// Tokens whose tail counts.
public struct TokenSequence: Sendable, Equatable {
  /// Prompt and completion.
  public var tokens: [Int32]
  /// The tail starts here; at least 1.
  public var from: Int
  /// Sequences of one non-zero group share their prompt.
  public var group: UInt64
  /// Divides the logits.
  public var temperature: Double

  /// A sequence.
  public init(tokens: [Int32], from: Int, group: UInt64 = 0, temperature: Double = 1) {
    self.tokens = tokens
    self.from = from
    self.group = group
    self.temperature = temperature
  }

  /// How many tokens count.
  public var scoredCount: Int { tokens.count - from }
}

/// Values of the tail, one per token.
public struct ScoredSequence: Sendable, Equatable {
  /// Natural logarithms.
  public var logprobs: [Float]
  /// The entropy of the distribution at each token's position, in nats; empty when the model gives none.
  public var entropies: [Float]

  /// Values.
  public init(logprobs: [Float], entropies: [Float]) {
    self.logprobs = logprobs
    self.entropies = entropies
  }
}

/// How the loss changes with the values of one sequence's tail, one number per token.
public struct SequenceGradient: Sendable, Equatable {
  /// d loss / d log-prob.
  public var logprobs: [Float]
  /// d loss / d entropy; nil when the loss does not depend on entropies, which spares the model the work.
  public var entropies: [Float]?

  /// A gradient; by default that of a loss of log-probs alone.
  public init(logprobs: [Float], entropies: [Float]? = nil) {
    self.logprobs = logprobs
    self.entropies = entropies
  }
}

/// Log-probs whose backward pass is still possible.
public final class ForwardPass {
  /// One per sequence.
  public let scored: [ScoredSequence]
  /// The model's own.
  public let tape: AnyObject

  /// A pass.
  public init(scored: [ScoredSequence], tape: AnyObject) {
    self.scored = scored
    self.tape = tape
  }
}

/// Numbers of one AdamW step.
public struct OptimizerStep: Sendable, Equatable {
  /// Step size.
  public var learningRate: Double
  /// Decay of the moments.
  public var beta1 = 0.9
  /// Decay of the moments.
  public var beta2 = 0.95
  /// Added to the root of the second moment.
  public var epsilon = 1e-8
  /// Decoupled.
  public var weightDecay: Double
  /// Global gradient norm at most; 0: no clipping.
  public var clipNorm: Double
  /// Steps of this training before; the first one forgets what the model's optimizer knows.
  public var index: Int

  /// Numbers of a step.
  public init(learningRate: Double, weightDecay: Double, clipNorm: Double, index: Int) {
    self.index = index
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
  }
}

/// What a step did.
public struct StepReport: Sendable, Equatable {
  /// Left out since the gradient norm was not finite.
  public var skipped: Bool
  /// Before clipping.
  public var gradientNorm: Double
  /// Of the change of the weights.
  public var updateNorm: Double

  /// A report.
  public init(skipped: Bool, gradientNorm: Double, updateNorm: Double) {
    self.skipped = skipped
    self.gradientNorm = gradientNorm
    self.updateNorm = updateNorm
  }
}
