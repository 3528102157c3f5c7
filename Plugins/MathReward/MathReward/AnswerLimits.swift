/// What the exact comparison is willing to work on. Beyond it the grader abstains and says so: it neither guesses
/// nor lets one answer hold up a run.
public struct AnswerLimits: Sendable {
  /// Greatest size of an answer in bytes; bounds the digits of a number, too.
  public var bytes: Int
  /// Greatest nesting of brackets and fractions.
  public var depth: Int
  /// Most elements of a list, set or matrix.
  public var elements: Int
  /// Greatest absolute value of a decimal exponent, as in `1.5e3`.
  public var exponent: Int

  /// Limits in the order of the properties. An answer within these takes about a millisecond at most.
  public init(bytes: Int = 4_000, depth: Int = 64, elements: Int = 256, exponent: Int = 4_000) {
    self.bytes = bytes
    self.depth = depth
    self.elements = elements
    self.exponent = exponent
  }
}

/// A limit that an answer exceeds.
enum AnswerLimitExceeded: Error, Equatable {
  case bytes(Int, limit: Int)
  case depth(limit: Int)
  case elements(limit: Int)
  case exponent(limit: Int)
  case algebra

  /// Stable word for machines.
  var code: StaticString {
    switch self {
    case .bytes: "answer-too-long"
    case .depth: "answer-too-deep"
    case .elements: "too-many-elements"
    case .exponent: "exponent-too-large"
    case .algebra: "too-large-to-compare"
    }
  }

  /// What is too large, with the value where it is known, and the limit.
  var explanation: String {
    switch self {
    case .bytes(let count, let limit): "has \(count) bytes, more than \(limit)"
    case .depth(let limit): "nests brackets or fractions deeper than \(limit)"
    case .elements(let limit): "has a list or matrix of more than \(limit) elements"
    case .exponent(let limit): "has a decimal exponent beyond +-\(limit)"
    case .algebra: "agrees in its first digits, but is too large to be compared exactly"
    }
  }
}
