/// Candidates to read, folded away per heuristic.
struct SampleSection {
  let samples: [Report.Sample]

  func html() -> HTML {
    guard !samples.isEmpty else { return .empty }
    let heuristics = ScoreBoard.inOrder(samples.map(\.heuristic))
    let groups = heuristics.enumerated().map { place, heuristic in
      group(heuristic, samples.filter { $0.heuristic == heuristic }, isOpen: place == 0)
    }
    return "<section id=\"samples\"><h2>Sample candidates</h2>\n\(groups)</section>\n"
  }

  private func group(_ heuristic: String, _ members: [Report.Sample], isOpen: Bool) -> HTML {
    let counts = Report.Sample.Verdict.allCases.compactMap { verdict -> HTML? in
      let count = members.count { $0.verdict == verdict }
      return count == 0
        ? nil : "<span class=\"verdict \(verdict.rawValue)\">\(count) \(Self.word(verdict))</span>"
    }
    let opening: HTML = isOpen ? "<details open=\"open\">" : "<details>"
    return """
      \(opening)<summary><b>\(heuristic)</b>\(counts)</summary>
      \(members.map(card))</details>

      """
  }

  private func card(_ sample: Report.Sample) -> HTML {
    let answer: HTML = sample.extracted.map { "<dd>\($0)</dd>" } ?? "<dd class=\"none\">none found</dd>"
    let score = sample.score.map { NumberText.significant($0) } ?? NumberText.missing
    return """
      <article class="\(sample.verdict.rawValue)"><p class="question">\(sample.question)</p>
      <pre>\(sample.text)</pre>
      <dl><dt>verdict</dt><dd><span class="verdict \(sample.verdict.rawValue)">\(Self.sign(sample.verdict)) \(Self.word(sample.verdict))</span></dd>\
      <dt>score</dt><dd>\(score)</dd><dt>answer</dt>\(answer)<dt>reference</dt><dd>\(sample.reference)</dd></dl>\
      </article>

      """
  }

  private static func word(_ verdict: Report.Sample.Verdict) -> String {
    switch verdict {
    case .right: "right"
    case .wrong: "wrong"
    case .abstained: "no verdict"
    case .failed: "failed"
    }
  }

  /// Says the verdict a second time for those who do not see its colour.
  private static func sign(_ verdict: Report.Sample.Verdict) -> String {
    switch verdict {
    case .right: "✓"
    case .wrong: "✗"
    case .abstained: "–"
    case .failed: "!"
    }
  }
}
