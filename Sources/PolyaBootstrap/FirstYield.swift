internal import PolyaCore
internal import PolyaRecords

/// Watches the first candidates of a stage: when none of them is right, the rest would cost as much and give as little.
struct FirstYield {
  /// The number of candidates after which it speaks.
  static let enough = 200

  private var outcomes: [Outcome: Int] = [:]
  private var truncated = 0
  /// Wrong answers of which the verifier read nothing.
  private var unread = 0
  private var hasRead = false
  private var isDone = false

  /// Ends the watch.
  mutating func end() { isDone = true }

  /// Counts a candidate. Returns a warning with what to try, once, if none of the first 200 is right.
  mutating func add(_ verdict: VerdictRecord, isTruncated: Bool) -> String? {
    guard !isDone else { return nil }
    guard verdict.outcome != .right else {
      end()
      return nil
    }
    hasRead = hasRead || !verdict.extracted.isEmpty
    if isTruncated {
      truncated += 1
    } else {
      outcomes[verdict.outcome, default: 0] += 1
      if verdict.outcome == .wrong, verdict.extracted.isEmpty { unread += 1 }
    }
    guard truncated + outcomes.values.reduce(0, +) >= Self.enough else { return nil }
    end()
    return warning
  }

  private var warning: String {
    // Not every verifier says what it reads.
    let unread = hasRead ? unread : 0
    let (abstained, wrong) = (outcomes[.abstained] ?? 0, (outcomes[.wrong] ?? 0) - unread)
    let endings = [
      (truncated, "are truncated", "raise max-tokens, or end answers earlier with 'stop'"),
      (
        unread, "have no final answer", "show the model how an answer ends: more exemplars, or an instruction"
      ),
      (abstained, "cannot be judged", "check that the verifier knows this kind of gold answer"),
      (
        wrong, "are wrong",
        "take easier tasks or a larger model, or look at the prompts with polya data head"
      ),
      (
        (outcomes[.failed] ?? 0) + (outcomes[.timedOut] ?? 0), "failed",
        "look at the reasons with polya data head"
      ),
    ]
    let counts = endings.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    let advice = endings.max { $0.0 < $1.0 }.map(\.2) ?? ""
    return "none of the first \(Self.enough) candidates is right: \(counts); \(advice)"
  }
}
