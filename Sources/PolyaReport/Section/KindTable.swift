internal import PolyaRecords

/// The scores of a task set by the kind of the questions.
struct KindTable {
  let board: ScoreBoard
  let tasks: String

  func html() -> HTML {
    let scores = board.scoresByKind(on: tasks)
    guard !scores.isEmpty else { return .empty }
    let models = ScoreBoard.inOrder(scores.map(\.model))
    let kinds = ScoreBoard.inOrder(scores.compactMap(\.kind))
    let rows = metrics(scores).flatMap { metric in
      kinds.map { kind -> HTML in
        let own = scores.filter { $0.kind == kind && $0.metric == metric }
        let cells = models.map { model in cell(own.first { $0.model == model }) }
        return """
          <tr><td>\(metric)</td><th scope="row">\(kind)</th>\
          <td class="n">\(ScoreBoard.span(own.map(\.questions)))</td>\(cells)</tr>

          """
      }
    }
    return """
      <details><summary>by kind of question</summary>
      <div class="wide"><table class="kinds"><thead><tr><th>Metric</th><th>Kind</th><th class="n">Questions</th>\
      \(models.map { "<th class=\"n\">\(ArmName.html($0, board))</th>" as HTML })</tr></thead>
      <tbody>\(rows)</tbody></table></div></details>

      """
  }

  /// The ends of the curve stand for all of it.
  private func metrics(_ scores: [ScoreRecord]) -> [String] {
    let names = ScoreBoard.inOrder(scores.map(\.metric)).filter(ShareMetric.contains)
    let curve = Set(scores.compactMap(\.k)).sorted().map { "pass@\($0)" }
    let ends = ScoreBoard.inOrder(Array(curve.prefix(1)) + Array(curve.suffix(1)))
    return ends + names.filter { !curve.contains($0) }
  }

  private func cell(_ score: ScoreRecord?) -> HTML {
    guard let score else { return "<td class=\"n\">\(NumberText.missing)</td>" }
    return """
      <td class="n">\(NumberText.percent(score.value))\
      <small>\(NumberText.percent(score.low)) – \(NumberText.percent(score.high))</small></td>
      """
  }
}
