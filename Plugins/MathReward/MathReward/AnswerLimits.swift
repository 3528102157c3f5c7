/// What the exact comparison is willing to work on. Beyond it the grader abstains and says so: it neither guesses
/// nor lets one answer hold up a run.
///
/// Where an answer stands is found in time linear in the length of the text; what is found there may cost more, and is
/// bounded by the other limits.
public struct AnswerLimits: Sendable {
  /// Greatest size of a whole completion or reference in bytes; several times the longest that reasoning models write.
  public var text: Int
  /// Greatest size of an answer in bytes; bounds the digits of a number, too.
  public var bytes: Int
  /// Greatest nesting of brackets and fractions.
  public var depth: Int
  /// Most elements of a list, set or matrix.
  public var elements: Int
  /// Greatest absolute value of a decimal exponent, as in `1.5e3`.
  public var exponent: Int

  /// Limits in the order of the properties. An answer within these takes milliseconds at most.
  public init(
    text: Int = 1 << 20, bytes: Int = 4_000, depth: Int = 64, elements: Int = 256, exponent: Int = 4_000
  ) {
    self.text = text
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
  case readings
  case algebra
  case comparison

  /// Stable word for machines.
  var code: StaticString {
    switch self {
    case .bytes: "answer-too-long"
    case .depth: "answer-too-deep"
    case .elements: "too-many-elements"
    case .exponent: "exponent-too-large"
    case .readings: "too-many-readings"
    case .algebra, .comparison: "too-large-to-compare"
    }
  }

  /// What is too large, with the value where it is known, and the limit.
  var explanation: String {
    switch self {
    case .bytes(let count, let limit): "has \(count) bytes, over the limit of \(limit)"
    case .depth(let limit): "nests brackets or fractions more than \(limit) deep"
    case .elements(let limit): "has a list or matrix with more than \(limit) elements"
    case .exponent(let limit): "has a decimal exponent beyond +-\(limit)"
    case .readings: "nests lists and equations that can be read in too many ways"
    case .comparison: "has too many or too large parts to compare one by one"
    case .algebra: "is too large, or of a kind, to be compared exactly"
    }
  }
}

/// What reading one answer may cost, in bytes that are read: as if each level of its nesting were read once, all of them
/// being as long as the longest answer. What fails as one thing is read as another, and in one that nests so do its parts.
final class ReadingBudget {
  private var left: Int

  init(_ limits: AnswerLimits) { left = limits.bytes * max(1, limits.depth) }

  func spend(_ bytes: Int) throws(AnswerLimitExceeded) {
    left -= bytes + 1
    guard left >= 0 else { throw .readings }
  }
}

/// What comparing one answer with a reference may cost, in steps of work: lists in any order compare each member with
/// each.
final class ComparisonBudget {
  private var left = 2_000_000

  func spend(_ steps: Int) throws(AnswerLimitExceeded) {
    left -= steps
    guard left >= 0 else { throw .comparison }
  }
}
