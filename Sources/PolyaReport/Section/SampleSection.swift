internal import PolyaCore
internal import PolyaRecords

/// Sample candidates, collapsed by heuristic.
struct SampleSection {
  let samples: [CandidateRecord]

  func html() -> HTML {
    guard !samples.isEmpty else { return .empty }
    let heuristics = ScoreBoard.inOrder(samples.map(\.heuristic))
    let groups = heuristics.enumerated().map { place, heuristic in
      group(
        heuristic, samples.filter { $0.heuristic == heuristic }, isOpen: place == 0,
        bytes: PageBudget.cardBytes / heuristics.count)
    }
    return "<section id=\"samples\"><h2>Sample candidates</h2>\n\(groups)</section>\n"
  }

  private func group(_ heuristic: String, _ members: [CandidateRecord], isOpen: Bool, bytes: Int) -> HTML {
    let counts = Outcome.allCases.compactMap { outcome -> HTML? in
      let count = members.count { $0.outcome == outcome }
      return count == 0
        ? nil
        : "<span class=\"verdict \(OutcomeMark.style(outcome))\">\(count) \(OutcomeMark.word(outcome))</span>"
    }
    let opening: HTML = isOpen ? "<details open=\"open\">" : "<details>"
    return """
      \(opening)<summary><b>\(heuristic)</b>\(counts)</summary>
      \(PageBudget.thin(members.map(card), to: bytes))</details>

      """
  }

  private func card(_ sample: CandidateRecord) -> HTML {
    let extracted = sample.verdict.extracted
    let answer: HTML =
      extracted.isEmpty ? "<dd class=\"none\">none found</dd>" : "<dd>\(extracted.shortened(to: 200))</dd>"
    let score = sample.verdict.score.map { NumberText.significant($0) } ?? NumberText.missing
    return """
      <article class="\(OutcomeMark.style(sample.outcome))"><p class="question">\(Excerpt.html(sample.task.question))</p>
      \(prompt(of: sample))<pre>\(Excerpt.html(sample.answer))</pre>
      <dl><dt>verdict</dt><dd><span class="verdict \(OutcomeMark.style(sample.outcome))">\(OutcomeMark.sign(sample.outcome)) \(OutcomeMark.word(sample.outcome))</span></dd>\
      <dt>score</dt><dd>\(score)</dd><dt>answer</dt>\(answer)<dt>reference</dt><dd>\(sample.task.reference.shortened(to: 200))</dd></dl>\
      </article>

      """
  }

  private func prompt(of sample: CandidateRecord) -> HTML {
    sample.prompt.isEmpty
      ? .empty
      : "<details class=\"prompt\"><summary>prompt</summary><pre>\(Excerpt.html(sample.prompt))</pre></details>\n"
  }
}
