/// Rules about ordinary rows, which runs consist of.
enum RowRules {
  /// The first rule to check, on its own. If it fails by a crash, all rules about rows would.
  static let first = "rows.live"
  /// The next rule to check. If nothing is answered, other rules about rows have nothing to look at.
  static let second = "rows.answered"
  /// A rule that is checked even then.
  static let status = "rows.status"

  static let all = [
    RuleCheck(
      first, .must, "Ordinary rows end no process: no crash, no exit, no exception that leaves a function."
    ) { bench in
      let instance = try bench.instance()
      for function in try instance.functions() {
        _ = try instance.call(function, try bench.plain(function, instance))
      }
      return nil
    },
    RuleCheck(second, .must, "Rows are answered, and those of --rows as they say.") { bench in
      let instance = try bench.instance()
      for function in try instance.functions() {
        guard bench.hasAuthorRows else {
          _ = try instance.call(function, try bench.plain(function, instance))
          continue
        }
        try answers(bench, instance, function)
      }
      return nil
    },
    RuleCheck(status, .must, "Calls and rows end with a status that the contract knows.") { bench in
      let instance = try bench.instance()
      for function in try instance.functions() {
        for inputs in [
          try bench.plain(function, instance), try bench.inputs(function, instance, Corpus.plain(8)),
        ] {
          let result = try instance.call(function, inputs)
          for status in [result.status] + result.statuses {
            try require(
              Status.isKnown(status), "\(function.role.rawValue) returns the unknown status \(status)")
          }
        }
      }
      return nil
    },
  ]

  /// Fails with the first row that is not answered as its author expects.
  private static func answers(_ bench: Bench, _ instance: Instance, _ function: WorkFunction) throws {
    let templates = try bench.templates(function, instance)
    guard !templates.isEmpty else {
      _ = try instance.call(function, try bench.plain(function, instance))
      return
    }
    let inputs = templates.enumerated().map { $1.input.numbered($0, round: 0) }
    let result = try instance.call(function, inputs)
    var reasons = result.reasons[...]
    if result.status != 0, let first = reasons.first { reasons = [first] }
    var isAnswered = false
    for (index, outcome) in result.outcomes.enumerated() {
      let reason = outcome.isFailure ? reasons.popFirst() ?? result.reasons.last : nil
      isAnswered = isAnswered || outcome == .worked || templates[index].row.expected != nil
      guard
        let wrong = complaint(
          templates[index].row, outcome, result, index, instance, function.role, reason),
        // Another rule reports that the same row does not have a stable result.
        try instance.call(function, [inputs[index]]).rows == [result.rows[index]],
        try instance.call(function, inputs).rows[index] == result.rows[index]
      else { continue }
      throw Violation("\(function.role.rawValue), line \(templates[index].row.line) of --rows \(wrong)")
    }
    let isLacking = instance.subject.evidence.isLacking(function.role)
    try require(
      isAnswered || isLacking,
      "none of \(templates.count) rows is \(function.role.participle), since all of them abstain; "
        + "mark rows that should abstain with \"verdict\":\"abstain\"")
  }

  /// Returns what is wrong with a row, or nil if nothing is, or if another rule reports it.
  private static func complaint(
    _ row: Rows.Row, _ outcome: RowOutcome, _ result: CallResult, _ index: Int, _ instance: Instance,
    _ role: Role, _ reason: String?
  ) -> String? {
    switch (outcome, row.expected?.verdict) {
    case (.failed(let status), _) where !Status.isKnown(status): return nil
    case (.failed(Status.unsupported), nil) where role.isOptional: return nil
    case (.failed, .failed), (.abstained, .abstain), (.abstained, nil): return nil
    case (.worked, nil), (.worked, .scored):
      guard let wanted = row.expected?.score else { return nil }
      return complaint(result.rows[index], wanted, instance)
    case (_, let verdict):
      return outcome.shown(reason) + (verdict.map { "; expected '\($0.rawValue)'" } ?? "")
    }
  }

  /// Scores that are not numbers or out of range are left to other rules.
  private static func complaint(_ row: String, _ wanted: Double, _ instance: Instance) -> String? {
    let words = row.split(separator: " ", maxSplits: 2)
    let facts = instance.cachedFacts ?? Facts()
    guard words.count > 1, words[0] == "1", let score = Double(words[1]), score >= facts.low,
      score <= facts.high, abs(score - wanted) > 1e-6 * max(1, abs(wanted))
    else { return nil }
    return "has the score \(score) instead of \(wanted)"
  }
}

extension RowOutcome {
  fileprivate var isFailure: Bool {
    switch self {
    case .failed, .untouched: true
    case .worked, .abstained: false
    }
  }
}
