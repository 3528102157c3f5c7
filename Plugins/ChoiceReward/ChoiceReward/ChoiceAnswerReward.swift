public import PolyaKit

/// The reward: 1 for the right option or text, 0 for another or none, no verdict where it cannot tell.
public struct ChoiceAnswerReward: Reward {
  /// As manifests name it.
  public static let id = "polya.choice"
  /// For lists.
  public static let title = "Multiple choice"
  /// What it does, and that it never guesses.
  public static let summary =
    "Compares the last option or short text that a solution commits to with the reference."
  /// Where options come from, and what is no verdict.
  public static let guide = """
    Options come from the task's metadata `{"choices": [...]}`, or else from the list in the question. An answer names \
    an option by its letter or its text; the last commitment wins. The reward abstains on "A or B" and on answers that \
    match no option as written. References of kind "text" are compared word by word. The time is linear in the length; \
    completions longer than 1,048,576 bytes get no verdict.
    """

  /// Takes no options.
  public init(options: OptionValues, call: Call) throws {}

  init() {}

  /// Only the ends occur.
  public var range: ClosedRange<Double> { 0...1 }

  /// The verdict on one completion; a matter of microseconds, so it needs neither stop poll nor progress.
  public func score(_ item: RewardItem, _ call: Call) throws -> Verdict { verdict(on: item) }

  func verdict(on item: RewardItem) -> Verdict {
    let grade = grade(item)
    let notes = grade.note.map { [$0] } ?? []
    switch grade.outcome {
    case .unclear: return .abstain(notes: notes)
    case .right, .wrong:
      let extracted = grade.bytes.map(Verdict.Extract.bytes) ?? .none
      return .scored(Verdict.Score(grade.outcome == .right ? 1 : 0, extracted: extracted, notes: notes))
    }
  }

  /// Greatest size of a text in bytes; several times the longest that reasoning models write.
  static let longest = 1 << 20

  private static func excess(of text: String, _ name: String) -> String? {
    let bytes = text.utf8.count
    return bytes > longest
      ? "the \(name) has \(bytes) bytes, over the limit of \(longest), and is not read" : nil
  }

  private func grade(_ item: RewardItem) -> Grade {
    guard !item.reference.isEmpty else { return .unclear("no-reference", "the task has no reference") }
    if let excess = Self.excess(of: item.completion, "completion") {
      return .unclear("completion-too-long", excess)
    }
    if let excess = Self.excess(of: item.reference, "reference") {
      return .unclear("unreadable-reference", excess)
    }
    switch item.referenceKind {
    case "choice": return gradeChoice(item)
    case "text":
      guard let grader = TextGrader(item.reference) else {
        return .unclear("unreadable-reference", "the reference has neither words nor brackets")
      }
      return grader.grade(item.completion)
    default:
      return .unclear(
        "other-reference-kind",
        "this reward reads references of kind \"choice\" and \"text\", not \"\(item.referenceKind)\""
      )
    }
  }

  /// For a message; a reference may be a whole page.
  private static func short(_ text: String) -> String {
    text.utf8.count <= 200 ? text : String(text.unicodeScalars.prefix(100)) + "…"
  }

  private func gradeChoice(_ item: RewardItem) -> Grade {
    if let excess = Self.excess(of: item.metadataJSON, "task's metadata")
      ?? Self.excess(of: item.question, "question")
    {
      return .unclear("unreadable-choices", excess)
    }
    let listed: ChoiceList?
    do {
      listed = try ChoiceList(metadataJSON: item.metadataJSON, question: item.question)
    } catch {
      return .unclear(
        "unreadable-choices", "the task's metadata is not JSON: \(error.what) at byte \(error.byte)")
    }
    let choices = listed ?? .letters
    guard let right = choices.index(ofReference: item.reference) else {
      return .unclear(
        "unreadable-reference",
        "the reference \"\(Self.short(item.reference))\" is not one of the \(choices.texts.count) options")
    }
    return ChoiceGrader(choices, right: right, question: item.question).grade(item.completion)
  }
}
