/// A language model: tokens, samples, log-probs.
///
/// Token ids are the only currency: what ``generate(_:_:)`` returned is what the host asks ``score(_:_:)`` about.
/// Log-probs everywhere are natural logarithms of softmax(logits / temperature), before any truncation.
public protocol Model: Plugin {
  /// Sizes, special ids, features; may change only with `load`.
  var info: ModelInfo { get }

  /// Token ids of texts; special tokens are not added.
  func encode(_ texts: [String], _ call: Call) throws -> [[Int32]]
  /// The bytes that token ids stand for; may be broken UTF-8.
  func decode(_ tokens: [[Int32]], _ call: Call) throws -> [[UInt8]]
  /// All samples of all prompts, prompt by prompt.
  func generate(_ prompts: [Prompt], _ call: Call) throws -> [Sample]
  /// Log-probs of `tokens[from...]` of each sequence.
  func score(_ sequences: [TokenSequence], _ call: Call) throws -> [Scored]
}

/// A model with a chat template.
public protocol ChatModel: Model {
  /// Token ids of a prompt for each conversation, with what the model wants around it.
  func render(_ chats: [[Message]], _ call: Call) throws -> [[Int32]]
}

/// A model that gives whole texts as vectors, for measures of diversity.
public protocol EmbeddingModel: Model {
  /// Vectors of one length, close for texts that are alike.
  func embed(_ texts: [[Int32]], _ call: Call) throws -> [[Float]]
}

/// A model that learns and can be stored. The host owns the loss.
public protocol TrainableModel: Model {
  /// What ``backward(_:_:_:)`` needs of one forward pass.
  associatedtype Tape

  /// As `score`, keeping what backward needs.
  func forward(_ sequences: [TokenSequence], _ call: Call) throws -> (scored: [Scored], tape: Tape)
  /// Adds to the gradients; one gradient per sequence of the forward pass.
  func backward(_ tape: Tape, _ gradients: [Gradient], _ call: Call) throws
  /// One AdamW step, after which the gradients are zero.
  func step(_ step: OptimizerStep, _ call: Call) throws -> StepReport
  /// Writes the model into an empty folder.
  func save(to folder: String, _ call: Call) throws
  /// All or nothing: failure leaves the old weights.
  func load(from folder: String, _ call: Call) throws
}

/// Name, sizes and identity of a model.
public struct ModelInfo: Sendable {
  /// A name for people.
  public var name: String
  /// "llama", …
  public var family: String
  /// "cpu", …
  public var device: String
  /// "float32", …
  public var dtype: String
  /// Whether generate and forward share one implementation, so that their log-probs agree up to rounding.
  public var sharesForward: Bool
  /// Number of weights.
  public var parameters: Int
  /// Token ids are below it.
  public var vocabularySize: Int
  /// Longest sequence in tokens.
  public var contextLength: Int
  /// Special ids; nil: none.
  public var bos, eos: Int32?
  /// SHA-256 of the tokenizer: models of one hash share token ids. Empty: unknown.
  public var tokenizerHash: [UInt8]

  /// Name, sizes and identity of a model.
  public init(
    name: String, family: String, device: String = "cpu", dtype: String = "float32", sharesForward: Bool,
    parameters: Int, vocabularySize: Int, contextLength: Int, bos: Int32? = nil, eos: Int32? = nil,
    tokenizerHash: [UInt8] = []
  ) {
    self.name = name
    self.family = family
    self.device = device
    self.dtype = dtype
    self.sharesForward = sharesForward
    self.parameters = parameters
    self.vocabularySize = vocabularySize
    self.contextLength = contextLength
    self.bos = bos
    self.eos = eos
    self.tokenizerHash = tokenizerHash
  }
}

/// What to sample.
public struct Prompt: Sendable {
  /// Identifies the prompt within its run.
  public var id: UInt64
  /// With sample index and position the only source of randomness.
  public var seed: UInt64
  /// What the samples continue.
  public var tokens: [Int32]
  /// How many.
  public var samples: Int
  /// At most so many new tokens each.
  public var maxTokens: Int
  /// 0: the most likely token.
  public var temperature: Double
  /// nil: off.
  public var topK: Int?
  /// 1: off.
  public var topP: Double
  /// 0: off.
  public var minP: Double
  /// End a sample; not part of its text.
  public var stop: [String]

  /// A prompt with its sampling parameters.
  public init(
    id: UInt64, seed: UInt64, tokens: [Int32], samples: Int = 1, maxTokens: Int, temperature: Double = 1,
    topK: Int? = nil, topP: Double = 1, minP: Double = 0, stop: [String] = []
  ) {
    self.id = id
    self.seed = seed
    self.tokens = tokens
    self.samples = samples
    self.maxTokens = maxTokens
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.stop = stop
  }
}

/// One continuation of a prompt.
public struct Sample: Sendable {
  /// Why a sample ended.
  public enum Finish: UInt32, Sendable {
    /// End token or stop string.
    case stop = 1
    /// `maxTokens` or the context length.
    case length
    case cancelled, filtered, failed
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

/// Tokens whose tail is to be scored.
public struct TokenSequence: Sendable {
  /// The whole sequence.
  public var tokens: [Int32]
  /// Score `tokens[from...]`; at least 1.
  public var from: Int
  /// Sequences of one non-zero group share a prompt.
  public var group: UInt64
  /// Divides the logits.
  public var temperature: Double
  /// Whether entropies are wanted.
  public var wantsEntropies: Bool

  /// A sequence to score.
  public init(
    tokens: [Int32], from: Int, group: UInt64 = 0, temperature: Double = 1, wantsEntropies: Bool = false
  ) {
    self.tokens = tokens
    self.from = from
    self.group = group
    self.temperature = temperature
    self.wantsEntropies = wantsEntropies
  }
}

/// Log-probs of the scored tail of a sequence.
public struct Scored: Sendable {
  /// One per scored token.
  public var logprobs: [Float]
  /// In nats, one per scored token; empty unless asked for.
  public var entropies: [Float]

  /// Log-probs and entropies.
  public init(logprobs: [Float], entropies: [Float] = []) {
    self.logprobs = logprobs
    self.entropies = entropies
  }
}

/// d loss / d output of one scored sequence.
public struct Gradient: Sendable {
  /// One per scored token.
  public var logprobs: [Float]
  /// One per scored token, or empty.
  public var entropies: [Float]

  /// A gradient.
  public init(logprobs: [Float], entropies: [Float] = []) {
    self.logprobs = logprobs
    self.entropies = entropies
  }
}

/// AdamW with decoupled weight decay (Loshchilov & Hutter 2019, arXiv:1711.05101) and clipping by global norm.
public struct OptimizerStep: Sendable {
  /// Step size.
  public var learningRate: Double
  /// Decay of the first and second moment.
  public var beta1, beta2: Double
  /// Added to the root of the second moment.
  public var epsilon: Double
  /// Decoupled; not applied to normalization weights.
  public var weightDecay: Double
  /// 0: no clipping.
  public var clipNorm: Double
  /// Gradients are multiplied by it first.
  public var gradientScale: Double
  /// Steps that this training took before, in this process or before an interruption; 0 begins one, so that moments of
  /// an earlier one are to be forgotten.
  public var index: Int

  /// Numbers of one step.
  public init(
    learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.95, epsilon: Double = 1e-8,
    weightDecay: Double = 0, clipNorm: Double = 1, gradientScale: Double = 1, index: Int = 0
  ) {
    self.index = index
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
    self.gradientScale = gradientScale
  }
}

/// What a step did.
public struct StepReport: Sendable {
  /// Whether it was left out since the gradient norm was not finite.
  public var skipped: Bool
  /// Steps so far.
  public var step: Int
  /// Before clipping, after scaling.
  public var gradientNorm: Double
  /// Of the change of the weights.
  public var updateNorm: Double

  /// A report.
  public init(skipped: Bool, step: Int, gradientNorm: Double, updateNorm: Double) {
    self.skipped = skipped
    self.step = step
    self.gradientNorm = gradientNorm
    self.updateNorm = updateNorm
  }
}
