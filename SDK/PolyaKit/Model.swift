/// A language model, which tokenizes, samples, and scores.
///
/// The host and the model exchange token ids only: the tokens that ``generate(_:_:)`` returned are those that
/// the host passes to ``score(_:_:)``. Log-probs are natural logarithms of softmax(logits / temperature),
/// before any truncation such as top-k.
public protocol Model: Plugin {
  /// Sizes, special ids, and features. They may change only in `load`.
  var info: ModelInfo { get }

  /// Returns the token ids of each text, without special tokens.
  func encode(_ texts: [String], _ call: Call) throws -> [[Int32]]
  /// Returns the bytes of each token sequence, which may not be valid UTF-8.
  func decode(_ tokens: [[Int32]], _ call: Call) throws -> [[UInt8]]
  /// Returns all samples of all prompts, in prompt order.
  func generate(_ prompts: [Prompt], _ call: Call) throws -> [Sample]
  /// Returns the log-probs of `tokens[from...]` of each sequence.
  func score(_ sequences: [TokenSequence], _ call: Call) throws -> [Scored]
}

/// A model with a chat template.
public protocol ChatModel: Model {
  /// Whether conversations are rendered by a chat template; by default true. A model without one joins the contents of
  /// the messages.
  var hasTemplate: Bool { get }
  /// Returns the token ids of each conversation, in the model's chat format.
  ///
  /// A conversation that ends with a message of another role than "assistant" becomes a prompt that the assistant is to
  /// answer. One that ends with the assistant's message ends after the token with which the model ends its turn.
  func render(_ chats: [[Message]], _ call: Call) throws -> [[Int32]]
}

extension ChatModel {
  /// Returns true: by default a chat model has a chat template.
  public var hasTemplate: Bool { true }
}

/// A model that turns texts into vectors, for measures of diversity.
public protocol EmbeddingModel: Model {
  /// Returns one vector per text, all of one length and close for similar texts.
  func embed(_ texts: [[Int32]], _ call: Call) throws -> [[Float]]
}

/// A model whose weights can be replaced. One that is not trained itself can sample for one that is.
public protocol LoadableModel: Model {
  /// Replaces the weights, also from a folder without `training`; on failure, keeps the old ones.
  func load(from folder: String, _ call: Call) throws
}

/// A model that can be trained and saved. The host computes the loss.
public protocol TrainableModel: LoadableModel {
  /// The state that ``backward(_:_:_:)`` needs from a forward pass.
  associatedtype Tape

  /// Computes the same as `score` and keeps what `backward` needs.
  func forward(_ sequences: [TokenSequence], _ call: Call) throws -> (scored: [Scored], tape: Tape)
  /// Accumulates the gradients, given one gradient per sequence of the forward pass.
  func backward(_ tape: Tape, _ gradients: [Gradient], _ call: Call) throws
  /// Applies one AdamW step and clears the gradients.
  func step(_ step: OptimizerStep, _ call: Call) throws -> StepReport
  /// Writes the model into an empty folder. What only ``step(_:_:)`` continues from, such as moments, goes into its
  /// subfolder `training`, which the host deletes where no training will resume.
  func save(to folder: String, _ call: Call) throws
}

/// The name, sizes, and identity of a model.
public struct ModelInfo: Sendable {
  /// The name for people.
  public var name: String
  /// Whether samples tell their masks if a prompt wants them, and log-probs are among the tokens of a mask if a sequence has
  /// one.
  public var masks: Bool
  /// The model family, such as "llama".
  public var family: String
  /// The device, such as "cpu".
  public var device: String
  /// The data type of its matrix products, such as "float32", "bfloat16", or "int8". The host expects log-probs to be
  /// rounded accordingly.
  public var dtype: String
  /// Whether `generate` and `forward` use the same implementation, so that their log-probs agree up to
  /// rounding.
  public var sharesForward: Bool
  /// The number of weights.
  public var parameters: Int
  /// The number of token ids.
  public var vocabularySize: Int
  /// The longest sequence in tokens.
  public var contextLength: Int
  /// The number of blocks between input and logits, one after the other; 0 means unknown.
  public var layers: Int
  /// The ids of the tokens that begin and end a text; nil if the model has none.
  public var bos, eos: Int32?
  /// The SHA-256 of the tokenizer, empty if unknown. Models with the same hash share token ids.
  public var tokenizerHash: [UInt8]

  /// Creates a description of a model.
  public init(
    name: String, family: String, device: String = "cpu", dtype: String = "float32", sharesForward: Bool,
    parameters: Int, vocabularySize: Int, contextLength: Int, layers: Int = 0, bos: Int32? = nil,
    eos: Int32? = nil, tokenizerHash: [UInt8] = [], masks: Bool = false
  ) {
    self.name = name
    self.masks = masks
    self.family = family
    self.device = device
    self.dtype = dtype
    self.sharesForward = sharesForward
    self.parameters = parameters
    self.vocabularySize = vocabularySize
    self.contextLength = contextLength
    self.layers = layers
    self.bos = bos
    self.eos = eos
    self.tokenizerHash = tokenizerHash
  }
}

/// A prompt with its sampling parameters.
public struct Prompt: Sendable {
  /// Identifies the prompt within its run.
  public var id: UInt64
  /// The seed; together with sample index and position it fully determines the randomness.
  public var seed: UInt64
  /// The token ids of the prompt.
  public var tokens: [Int32]
  /// The number of samples.
  public var samples: Int
  /// The maximum number of new tokens per sample.
  public var maxTokens: Int
  /// The temperature that divides the logits; 0 selects the most likely token.
  public var temperature: Double
  /// The number of most likely tokens to draw from; nil turns this off.
  public var topK: Int?
  /// The probability mass of the most likely tokens to draw from; 1 turns this off.
  public var topP: Double
  /// The least probability of a token, relative to the most likely one; 0 turns this off.
  public var minP: Double
  /// Strings that end a sample and are not part of its text.
  public var stop: [String]
  /// Whether samples should tell which tokens top-k, top-p, and min-p left.
  public var wantsMask: Bool

  /// Creates a prompt; the defaults draw one sample from the full distribution.
  public init(
    id: UInt64, seed: UInt64, tokens: [Int32], samples: Int = 1, maxTokens: Int, temperature: Double = 1,
    topK: Int? = nil, topP: Double = 1, minP: Double = 0, stop: [String] = [], wantsMask: Bool = false
  ) {
    self.wantsMask = wantsMask
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

/// One sampled continuation of a prompt.
public struct Sample: Sendable {
  /// Why a sample ended.
  public enum Finish: UInt32, Sendable {
    /// It ended with the end token or a stop string.
    case stop = 1
    /// It reached `maxTokens` or the context length.
    case length
    case cancelled, filtered, failed
  }

  /// Why the sample ended.
  public var finish: Finish
  /// The bytes without end token and stop string; may end inside a code point.
  public var text: [UInt8]
  /// The ids of all sampled tokens, including an end token.
  public var tokens: [Int32]
  /// The log-prob of each token.
  public var logprobs: [Float]
  /// The tokens that could be drawn at each position; empty unless the prompt wants it and cuts the distribution.
  public var mask: SamplingMask
  /// The logarithm of the probability that those tokens had together; as many as positions in the mask.
  public var maskLogMass: [Float]

  /// Creates a sample.
  public init(
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

/// Which tokens could be drawn at each position.
public struct SamplingMask: Sendable, Equatable {
  /// The ids of all positions, one after the other.
  public var ids: [Int32]
  /// Where the ids of each position end in `ids`.
  public var ends: [Int32]

  /// Creates a mask; by default one that leaves all tokens.
  public init(ids: [Int32] = [], ends: [Int32] = []) {
    self.ids = ids
    self.ends = ends
  }

  /// Whether all tokens are left.
  public var isEmpty: Bool { ends.isEmpty }
}

/// A sequence of tokens of which the tail is scored.
public struct TokenSequence: Sendable {
  /// The token ids of the whole sequence.
  public var tokens: [Int32]
  /// The index at which the tail begins; at least 1.
  public var from: Int
  /// Sequences with the same non-zero group share a prompt.
  public var group: UInt64
  /// The temperature that divides the logits.
  public var temperature: Double
  /// Whether the host needs entropies.
  public var wantsEntropies: Bool
  /// The tokens among which the log-prob and entropy of each scored token are; empty for all.
  public var mask: SamplingMask

  /// Creates a sequence.
  public init(
    tokens: [Int32], from: Int, group: UInt64 = 0, temperature: Double = 1, wantsEntropies: Bool = false,
    mask: SamplingMask = SamplingMask()
  ) {
    self.mask = mask
    self.tokens = tokens
    self.from = from
    self.group = group
    self.temperature = temperature
    self.wantsEntropies = wantsEntropies
  }
}

/// The values of the scored tail of a sequence.
public struct Scored: Sendable {
  /// The log-prob of each scored token.
  public var logprobs: [Float]
  /// The entropy, in nats, at each scored token; empty unless requested.
  public var entropies: [Float]

  /// Creates scored values.
  public init(logprobs: [Float], entropies: [Float] = []) {
    self.logprobs = logprobs
    self.entropies = entropies
  }
}

/// The derivatives of the loss with respect to the values of one scored sequence.
public struct Gradient: Sendable {
  /// d loss / d log-prob of each scored token.
  public var logprobs: [Float]
  /// d loss / d entropy of each scored token, or empty.
  public var entropies: [Float]

  /// Creates a gradient.
  public init(logprobs: [Float], entropies: [Float] = []) {
    self.logprobs = logprobs
    self.entropies = entropies
  }
}

/// The parameters of one AdamW step with decoupled weight decay (Loshchilov & Hutter 2019, arXiv:1711.05101)
/// and clipping by the global norm.
public struct OptimizerStep: Sendable {
  /// The learning rate.
  public var learningRate: Double
  /// The decay rates of the first and second moment.
  public var beta1, beta2: Double
  /// The term added to the square root of the second moment.
  public var epsilon: Double
  /// The coefficient of the decoupled weight decay, which is not applied to normalization weights.
  public var weightDecay: Double
  /// The maximum global gradient norm; 0 turns clipping off.
  public var clipNorm: Double
  /// The factor that gradients are multiplied by first.
  public var gradientScale: Double
  /// The number of earlier steps in this training, including those before an interruption. At 0, a training
  /// begins, and the moments of an earlier one must be discarded.
  public var index: Int

  /// Creates a step.
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

/// The outcome of an optimizer step.
public struct StepReport: Sendable {
  /// Whether the step was skipped because the gradient norm was not finite.
  public var skipped: Bool
  /// The number of steps so far.
  public var step: Int
  /// The global gradient norm after scaling and before clipping.
  public var gradientNorm: Double
  /// The norm of the change of the weights.
  public var updateNorm: Double

  /// Creates a report.
  public init(skipped: Bool, step: Int, gradientNorm: Double, updateNorm: Double) {
    self.skipped = skipped
    self.step = step
    self.gradientNorm = gradientNorm
    self.updateNorm = updateNorm
  }
}
