internal import PolyaCore
internal import PolyaRecords

/// Watches the first candidates of a stage: when none of them is right, the rest would cost as much and give as little.
struct FirstYield {
  /// The number of verdicts after which it speaks.
  static let enough = 200

  private var seen = 0
  private var truncated = 0
  private var unfinished = 0
  private var abstained = 0
  private var isDone = false

  /// Counts a verdict. Returns a warning with what to try, once, if the first 200 candidates are all not right.
  mutating func add(_ judgment: Judgment, isTruncated: Bool) -> String? {
    guard !isDone else { return nil }
    guard judgment.outcome != .right else {
      isDone = true
      return nil
    }
    seen += 1
    if isTruncated {
      truncated += 1
    } else if judgment.outcome == .abstained {
      abstained += 1
    } else if judgment.verdict.extracted.isEmpty {
      unfinished += 1
    }
    guard seen >= Self.enough else { return nil }
    isDone = true
    return warning
  }

  private var warning: String {
    let endings = [
      (truncated, "are truncated", "raise max-tokens, or end answers earlier with 'stop'"),
      (
        unfinished, "have no final answer",
        "show the model how an answer ends: more exemplars, or an instruction"
      ),
      (abstained, "cannot be judged", "check that the verifier knows this kind of gold answer"),
      (
        seen - truncated - unfinished - abstained, "have a wrong answer",
        "take easier tasks or a larger model, or look at the prompts with polya data head"
      ),
    ]
    let counts = endings.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    let advice = endings.max { $0.0 < $1.0 }.map(\.2) ?? ""
    return "none of the first \(seen) candidates is right: \(counts); \(advice)"
  }
}
