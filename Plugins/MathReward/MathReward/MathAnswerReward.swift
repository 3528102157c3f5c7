public import PolyaKit

/// The reward: 1 for the reference's final answer, 0 for another one or none, no verdict where there is nothing to
/// compare.
public struct MathAnswerReward: Reward {
  /// As manifests name it.
  public static let id = "polya.math-answer"
  /// For lists.
  public static let title = "Final answer"
  /// What it does, and that it never guesses.
  public static let summary =
    "Compares the final answer of a solution exactly with the reference; abstains when it cannot tell."
  /// Precedence of the places where an answer may stand, and what counts as equal.
  public static let guide = """
    The answer is the last statement (`\\boxed{}`, `####`, "the answer is", "answer:") behind all thoughts, or else what the last \
    sentence says. Numbers and formulas are equal if that is proved; `50%` equals 0.5, and also 50. Names count, and \
    units that both state. The time is linear in the length; completions longer than 1,048,576 bytes get no verdict.
    """

  private let grader = MathGrader()

  /// Takes no options.
  public init(options: OptionValues, call: Call) throws {}

  init() {}

  /// Only the ends occur.
  public var range: ClosedRange<Double> { 0...1 }

  /// The verdict on one completion; a matter of microseconds, so it needs neither stop poll nor progress.
  public func score(_ item: RewardItem, _ call: Call) throws -> Verdict { verdict(on: item) }

  /// Reference kinds that name something else than a final answer, such as unit tests, are not for this reward.
  func verdict(on item: RewardItem) -> Verdict {
    guard ["", "math", "text"].contains(item.referenceKind) else {
      return .abstain(notes: [
        Note(
          "other-reference-kind",
          "this reward reads references of kind \"math\" and \"text\", not \"\(item.referenceKind)\"",
          severity: .warning)
      ])
    }
    let grade = grader.grade(completion: item.completion, reference: item.reference)
    let notes = grade.notes.map {
      Note($0.code, $0.message, bytes: $0.range ?? 0..<0, severity: $0.isWarning ? .warning : .info)
    }
    switch grade.verdict {
    case .abstain: return .abstain(notes: notes)
    case .right, .wrong:
      let extracted = grade.range.map(Verdict.Extract.bytes) ?? .none
      return .scored(
        Verdict.Score(grade.verdict == .right ? 1 : 0, extracted: extracted, notes: notes))
    }
  }
}
