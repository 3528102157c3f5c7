package import PolyaCore

/// The tokens, time and cost of a stage that has not run, estimated from what stages before it took.
package struct WorkEstimate: Sendable, Equatable {
  /// The tokens that will be sampled.
  package var sampled = Amount()
  /// The tokens of prompts; nil if no stage has shown how long they are.
  package var promptTokens: Int? = 0
  /// The tokens that will be trained; nil if not known.
  package var trainedTokens: Int? = 0
  /// The seconds that models will take; nil if their speed, or what they will do, is not known.
  package var seconds: Double? = 0
  /// The cost in the unit of the prices; nil if prices or tokens are not known.
  package var cost: Double? = 0

  /// Whether nothing is known, since what the stage would work on cannot be looked at.
  package var isUnknown = false

  /// Creates an estimate of no work.
  package init() {}

  /// Nothing is known.
  static let unknown = {
    var estimate = WorkEstimate()
    (estimate.isUnknown, estimate.promptTokens, estimate.trainedTokens) = (true, nil, nil)
    (estimate.seconds, estimate.cost) = (nil, nil)
    return estimate
  }()

  /// A number of tokens, measured by others of their kind or bounded.
  package struct Amount: Sendable, Equatable {
    /// The number of tokens.
    package var tokens = 0
    /// Whether it is the most that there can be, with samples of one turn, and not what was usual.
    package var isBound = false
  }

  /// Adds the estimate of other work.
  package mutating func add(_ other: WorkEstimate) {
    isUnknown = isUnknown || other.isUnknown
    sampled.tokens = ModelWork.sum(sampled.tokens, other.sampled.tokens)
    sampled.isBound = sampled.isBound || other.sampled.isBound
    promptTokens = Self.both(promptTokens, other.promptTokens, ModelWork.sum)
    trainedTokens = Self.both(trainedTokens, other.trainedTokens, ModelWork.sum)
    seconds = Self.both(seconds, other.seconds, +)
    cost = Self.both(cost, other.cost, +)
  }

  private static func both<Value>(_ a: Value?, _ b: Value?, _ sum: (Value, Value) -> Value) -> Value? {
    a.flatMap { a in b.map { sum(a, $0) } }
  }

  /// For `plan --json`; null for what is not known.
  package var json: JSON {
    [
      "sampled_tokens": isUnknown ? .null : JSON(sampled.tokens), "is_bound": .bool(sampled.isBound),
      "prompt_tokens": promptTokens.map { JSON($0) } ?? .null,
      "trained_tokens": trainedTokens.map { JSON($0) } ?? .null,
      "seconds": seconds.map { .real($0) } ?? .null, "cost": cost.map { .real($0) } ?? .null,
    ]
  }
}

/// The cost of a million tokens at a server, as the plugin's options say: `price-in`, `price-out` and `price-train`.
struct TokenPrices {
  let prompt, sampled, trained: Double?

  /// Any model plugin may declare these options. They change no result, so they are no part of a stage's key.
  static let keys = ["price-in", "price-out", "price-train"]

  init(_ options: JSON.Members) {
    prompt = options["price-in"]?.real
    sampled = options["price-out"]?.real
    trained = options["price-train"]?.real
  }

  /// nil if there are no prices, or tokens with a price whose number is not known. What has no price beside others that have one costs
  /// nothing.
  func cost(prompt: Int?, sampled: Int, trained: Int?) -> Double? {
    let parts = [(prompt, self.prompt), (sampled, self.sampled), (trained, self.trained)]
    guard parts.contains(where: { $0.1 != nil }) || parts.allSatisfy({ $0.0 == 0 }) else { return nil }
    var cost = 0.0
    for (tokens, price) in parts {
      guard let price else { continue }
      guard let tokens else { return nil }
      cost += Double(tokens) * price / 1e6
    }
    return cost
  }
}

/// How fast a model is, as somebody says.
package struct ModelRate: Sendable, Equatable {
  /// Tokens per second.
  package var sampling, training: Double?

  /// Creates a rate.
  package init(sampling: Double?, training: Double?) {
    self.sampling = sampling
    self.training = training
  }
}
