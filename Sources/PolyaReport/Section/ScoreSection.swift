internal import PolyaRecords

/// Curves and tables of pass@k, with one panel per task set.
struct ScoreSection {
  let board: ScoreBoard

  func html() -> HTML {
    let sets = board.taskSets.filter { !board.shares(on: $0.name).isEmpty }
    var body = HTML.empty
    if sets.isEmpty, board.others.isEmpty {
      return
        "<section id=\"scores\"><h2>Scores</h2><p class=\"none\">No model has been evaluated yet.</p></section>\n"
    }
    if !sets.isEmpty {
      body += """
        <p class="lead">pass@k: the probability that at least one of k tries is right. Bands and small figures \
        are 95% intervals over questions, and over training seeds where an arm has several.</p>
        <div class="panels">\(sets.filter { !board.ks(on: $0.name).isEmpty }.map(panel))</div>
        \(sets.map(table))
        """
    }
    if !board.others.isEmpty { body += otherMeasures() }
    return "<section id=\"scores\"><h2>Scores</h2>\n\(body)</section>\n"
  }

  private func heading(_ set: TaskSetRecord) -> HTML {
    guard board.describedNames.contains(set.name) else { return "\(set.name)" }
    return "\(set.name) <span class=\"where\">\(Self.words(set.distribution))</span>"
  }

  private static func words(_ distribution: TaskSetRecord.Distribution) -> String {
    switch distribution {
    case .inside: "in distribution"
    case .outside: "out of distribution"
    }
  }

  private func panel(_ set: TaskSetRecord) -> HTML {
    let lines = board.drawn.map { model in
      LinePlot.Line(
        label: model, style: board.style(of: model), points: board.curve(model, on: set.name).map(point),
        showsMarkers: true)
    }.filter { !$0.points.isEmpty }
    let bounds = lines.flatMap(\.points).flatMap { [$0.y, $0.low, $0.high].compactMap { $0 } }
    let plot = LinePlot(
      description: "pass@k on \(set.name)",
      x: .log2(covering: board.ks(on: set.name), title: "k, tries per question"),
      y: .linear(covering: bounds, padding: 0.06, bounds: 0...1, title: "pass@k, %") { value, decimals in
        NumberText.percent(value, max(0, decimals - 2))
      }, lines: lines)
    return "<figure><h3>\(heading(set))</h3>\(plot.svg())</figure>\n"
  }

  private func point(_ score: ScoreRecord) -> LinePlot.Point {
    LinePlot.Point(
      x: Double(score.k ?? 1), y: score.value, low: score.low, high: score.high,
      tooltip: "\(score.model), \(score.metric): \(NumberText.percent(score.value))% "
        + "(\(NumberText.percent(score.low)) to \(NumberText.percent(score.high)))")
  }

  private func table(_ set: TaskSetRecord) -> HTML {
    let metrics = board.shares(on: set.name)
    let scores = board.scores(on: set.name)
    let models = board.models.filter { model in scores.contains { $0.model == model } }
    let best = metrics.map { metric in
      models.compactMap { board.score($0, on: set.name, metric)?.value }.filter(\.isFinite).max()
    }
    let rows = models.map { model -> HTML in
      let cells = zip(metrics, best).map { cell(board.score(model, on: set.name, $0), best: $1) }
      return "<tr><th scope=\"row\">\(ArmName.html(model, board))\(seeds(model))</th>\(cells)</tr>\n"
    }
    let sampled = scores.filter { $0.metric != "greedy" }
    return """
      <h3>\(heading(set))</h3>\(set.note.isEmpty ? .empty : "<p class=\"note\">\(set.note)</p>" as HTML)
      <div class="wide"><table class="scores"><thead><tr><th>Arm</th>\
      \(metrics.map { "<th class=\"n\">\($0)</th>" as HTML })</tr></thead>
      <tbody>\(rows)</tbody></table></div>
      <p class="note">Percentages over \(ScoreBoard.span(scores.map(\.questions))) questions with \
      \(ScoreBoard.span(sampled.map(\.samples))) samples each. Bold marks the highest value in a \
      column, which is not a significance test; see the paired differences.</p>
      \(KindTable(board: board, tasks: set.name).html())
      """
  }

  private func seeds(_ model: String) -> HTML {
    let count = board.seedCount(of: model)
    return count == 1 ? .empty : "<small>\(count) training seeds</small>"
  }

  private func cell(_ score: ScoreRecord?, best: Double?) -> HTML {
    guard let score, score.value.isFinite else { return "<td class=\"n\">\(NumberText.missing)</td>" }
    let isBest: HTML = score.value == best ? "<td class=\"n best\">" : "<td class=\"n\">"
    return """
      \(isBest)\(NumberText.percent(score.value))\
      <small>\(NumberText.percent(score.low)) – \(NumberText.percent(score.high))</small></td>
      """
  }

  private func otherMeasures() -> HTML {
    let rows = board.others.map { score -> HTML in
      """
      <tr><th scope="row">\(ArmName.html(score.model, board))</th><td>\(score.tasks)</td><td>\(score.metric)</td>\
      <td class="n">\(NumberText.significant(score.value))\
      <small>\(NumberText.significant(score.low)) – \(NumberText.significant(score.high))</small></td>\
      <td class="n">\(NumberText.count(score.questions))</td><td class="n">\(NumberText.count(score.samples))</td></tr>

      """
    }
    return """
      <h3>Other measures</h3><div class="wide"><table><thead><tr><th>Arm</th><th>Tasks</th><th>Measure</th>\
      <th class="n">Value</th><th class="n">Questions</th><th class="n">Samples</th></tr></thead>
      <tbody>\(rows)</tbody></table></div>

      """
  }
}

/// The name of an arm with the marker of its lines.
enum ArmName {
  static func html(_ model: String, _ board: ScoreBoard) -> HTML {
    guard board.models.contains(model) else { return "\(model)" }
    let sign = Marker.svg(x: 7, y: 7, style: board.style(of: model), tooltip: "")
    return
      "<svg class=\"sign\" width=\"14\" height=\"14\" viewBox=\"2 2 10 10\" aria-hidden=\"true\">\(sign)</svg>\(model)"
  }
}
