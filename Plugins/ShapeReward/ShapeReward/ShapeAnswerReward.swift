public import PolyaKit

/// The reward: what an answer looks like, whatever it says. The sum of its parts, each times its weight.
public struct ShapeAnswerReward: Reward {
  /// As manifests name it.
  public static let id = "polya.shape"
  /// For lists.
  public static let title = "Shape of the answer"
  /// What it does, and what it does not.
  public static let summary =
    "Scores the form, length and repetition of an answer, but not whether it is right."
  /// Formulas of the parts.
  public static let guide = """
    score = format-weight * format + overlong-weight * overlong + repetition-weight * repetition + loop-weight * loop. \
    format is 1 or 0; overlong is 0 up to maximum-length - buffer and falls to -1 at maximum-length; repetition and \
    loop are minus the share of repeated n-grams and of a loop at the end. Lengths are in tokens if the host \
    provides them, otherwise in bytes. The time is linear in the length; completions longer than 1,048,576 bytes get no \
    verdict.
    """
  /// Weights and bounds.
  public static let options: [Option] = [
    Option(
      "format", .choice(Pattern.allCases.map { ($0.rawValue, $0.help) }), default: "\"none\"",
      help: "The form that an answer must have."),
    Option(
      "format-weight", .real(0...1000), default: "1",
      help: "Weight of format; has no effect when it is none."),
    Option(
      "maximum-length", .integer(1...Int64(Int32.max)),
      help: "Length at which overlong reaches -1; if absent, there is no penalty."),
    Option(
      "buffer", .integer(1...Int64(Int32.max)),
      help:
        "Length before the maximum over which overlong falls from 0 to -1; a fifth of the maximum if absent."),
    Option("overlong-weight", .real(0...1000), default: "1", help: "Weight of overlong."),
    Option(
      "ngram", .integer(1...1000), default: "20",
      help: "Number of tokens in an n-gram, or of words where there are no tokens."),
    Option("repetition-weight", .real(0...1000), default: "1", help: "Weight of repeated n-grams."),
    Option("loop-weight", .real(0...1000), default: "0", help: "Weight of a loop at the end."),
  ]

  private let pattern: Pattern
  private let overlong: Overlong?
  private let ngram: Int
  private let weights: [Double]

  /// Takes checked options.
  ///
  /// - Throws: ``Failure`` when the buffer is larger than the maximum, or every part is off.
  public init(options: OptionValues, call: Call) throws { try self.init(options) }

  init(_ options: OptionValues) throws {
    pattern = options.text("format").flatMap(Pattern.init) ?? .anything
    ngram = options.integer("ngram") ?? 20
    let maximum = options.integer("maximum-length")
    let buffer = options.integer("buffer")
    guard maximum != nil || buffer == nil else {
      throw Failure(.badOption, "buffer is set but maximum-length is not; set both, or neither")
    }
    if let maximum, let buffer, buffer > maximum {
      throw Failure(
        .badOption, "buffer is \(buffer), but must not exceed maximum-length, which is \(maximum)")
    }
    overlong = maximum.map { Overlong(maximum: $0, buffer: buffer ?? max(1, $0 / 5)) }
    weights = [
      pattern == .anything ? 0 : options.real("format-weight") ?? 1,
      overlong == nil ? 0 : options.real("overlong-weight") ?? 1,
      options.real("repetition-weight") ?? 0, options.real("loop-weight") ?? 0,
    ]
    guard weights.contains(where: { $0 > 0 }) else {
      throw Failure(
        .badOption, "every part is turned off; set format, maximum-length, repetition-weight or loop-weight")
    }
  }

  /// From all penalties to a full mark for the form.
  public var range: ClosedRange<Double> { -(weights[1] + weights[2] + weights[3])...weights[0] }

  /// Before their weights.
  public var components: [Component] {
    [
      Component("format", 0...1, help: "1 when the answer has the required form"),
      Component("overlong", -1...0, help: "0 up to maximum-length - buffer, -1 at maximum-length"),
      Component("repetition", -1...0, help: "minus the share of repeated n-grams"),
      Component("loop", -1...0, help: "minus the share of a loop at the end"),
    ]
  }

  /// The verdict on one completion; linear in its length.
  public func score(_ item: RewardItem, _ call: Call) throws -> Verdict { verdict(on: item) }

  /// Greatest size of a completion in bytes; several times the longest that reasoning models write.
  static let longest = 1 << 20

  func verdict(on item: RewardItem) -> Verdict {
    let bytes = item.completion.utf8.count
    guard bytes <= Self.longest else {
      let message = "the completion has \(bytes) bytes, over the limit of \(Self.longest), and is not read"
      return .abstain(notes: [Note("completion-too-long", message, severity: .warning)])
    }
    let length = item.tokens.isEmpty ? bytes : item.tokens.count
    let parts = [
      pattern.matches(item.completion) ? 1 : 0, overlong?.penalty(length) ?? 0,
      weights[2] > 0 ? -repetition(item) : 0, weights[3] > 0 ? -loop(item) : 0,
    ]
    let total = zip(weights, parts).reduce(0) { $0 + $1.0 * $1.1 }
    let value = min(max(total, range.lowerBound), range.upperBound)
    let hasBytes = item.tokens.isEmpty && overlong != nil && !item.completion.isEmpty
    let notes =
      hasBytes ? [Note("length-in-bytes", "the host provided no tokens, so the length is in bytes")] : []
    return .scored(Verdict.Score(value, components: parts, notes: notes))
  }

  private func repetition(_ item: RewardItem) -> Double {
    guard item.tokens.isEmpty else { return Repetition.share(item.tokens, n: ngram) }
    return Repetition.share(words(item), n: ngram)
  }

  private func loop(_ item: RewardItem) -> Double {
    guard item.tokens.isEmpty else { return Repetition.loop(item.tokens) }
    return Repetition.loop(words(item))
  }

  private func words(_ item: RewardItem) -> [Substring] {
    item.completion.split(whereSeparator: \.isWhitespace)
  }
}
