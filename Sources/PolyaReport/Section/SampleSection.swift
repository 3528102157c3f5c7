internal import PolyaCore
internal import PolyaRecords

/// Sample candidates, collapsed by heuristic.
struct SampleSection {
  let samples: [CandidateRecord]

  func html() -> HTML {
    guard !samples.isEmpty else { return .empty }
    let heuristics = ScoreBoard.inOrder(samples.map(\.heuristic))
    let groups = heuristics.enumerated().map { place, heuristic in
      group(heuristic, samples.filter { $0.heuristic == heuristic }, isOpen: place == 0)
    }
    return "<section id=\"samples\"><h2>Sample candidates</h2>\n\(groups)</section>\n"
  }

  private func group(_ heuristic: String, _ members: [CandidateRecord], isOpen: Bool) -> HTML {
    let counts = Outcome.allCases.compactMap { outcome -> HTML? in
      let count = members.count { $0.outcome == outcome }
      return count == 0
        ? nil : "<span class=\"verdict \(Self.style(outcome))\">\(count) \(Self.word(outcome))</span>"
    }
    let opening: HTML = isOpen ? "<details open=\"open\">" : "<details>"
    return """
      \(opening)<summary><b>\(heuristic)</b>\(counts)</summary>
      \(members.map(card))</details>

      """
  }

  private func card(_ sample: CandidateRecord) -> HTML {
    let extracted = sample.verdict.extracted
    let answer: HTML = extracted.isEmpty ? "<dd class=\"none\">none found</dd>" : "<dd>\(extracted)</dd>"
    let score = sample.verdict.score.map { NumberText.significant($0) } ?? NumberText.missing
    return """
      <article class="\(Self.style(sample.outcome))"><p class="question">\(sample.task.question)</p>
      \(prompt(of: sample))<pre>\(sample.answer)</pre>
      <dl><dt>verdict</dt><dd><span class="verdict \(Self.style(sample.outcome))">\(Self.sign(sample.outcome)) \(Self.word(sample.outcome))</span></dd>\
      <dt>score</dt><dd>\(score)</dd><dt>answer</dt>\(answer)<dt>reference</dt><dd>\(sample.task.reference)</dd></dl>\
      </article>

      """
  }

  private func prompt(of sample: CandidateRecord) -> HTML {
    sample.prompt.isEmpty
      ? .empty : "<details class=\"prompt\"><summary>prompt</summary><pre>\(sample.prompt)</pre></details>\n"
  }

  /// Returns the CSS class of an outcome.
  private static func style(_ outcome: Outcome) -> String {
    outcome == .timedOut ? Outcome.failed.rawValue : outcome.rawValue
  }

  private static func word(_ verdict: Outcome) -> String {
    switch verdict {
    case .right: "right"
    case .wrong: "wrong"
    case .abstained: "no verdict"
    case .failed: "failed"
    case .timedOut: "timed out"
    }
  }

  /// A symbol that repeats the outcome for readers who cannot see its color.
  private static func sign(_ verdict: Outcome) -> String {
    switch verdict {
    case .right: "✓"
    case .wrong: "✗"
    case .abstained: "–"
    case .failed, .timedOut: "!"
    }
  }
}
