internal import PolyaCore

/// How the right answers of a training divide among heuristics, step by step.
struct HeuristicShareSection {
  let series: [Report.Series]

  static let prefix = "heuristics/"
  /// The number of lines of a plot.
  private static let most = 8

  /// Whether a metric is the share of one heuristic.
  static func shows(_ name: String) -> Bool {
    name.hasPrefix(prefix) && name != MetricName.composed.rawValue
  }

  func html() -> HTML {
    let own = series.filter { Self.shows($0.name) }
    guard !own.isEmpty else { return .empty }
    let stages = ScoreBoard.inOrder(own.map(\.stage))
    return """
      <section id="heuristics"><h2>Heuristics of right answers</h2>
      <p class="lead">The share of right answers by heuristic through the training; an answer may follow several.</p>
      <div class="panels">\(stages.map { stage in panel(stage, own.filter { $0.stage == stage }) })</div></section>

      """
  }

  private func panel(_ stage: String, _ own: [Report.Series]) -> HTML {
    let ranked = own.sorted { Self.mean($1) < Self.mean($0) }
    let lines = ranked.prefix(Self.most).enumerated().map { place, series in
      LinePlot.Line(
        label: String(series.name.dropFirst(Self.prefix.count)), style: place,
        points: SeriesCondenser.points(of: series), showsMarkers: false)
    }
    guard lines.contains(where: { $0.points.contains(where: \.isDrawable) }) else { return .empty }
    let plot = LinePlot(
      description: "share of right answers by heuristic, \(stage)",
      x: .linear(covering: own.flatMap(\.points).map(\.step), padding: 0, title: "step") { value, decimals in
        decimals == 0 ? NumberText.fixed(value, 0) : ""
      },
      y: .linear(covering: [0, 1], padding: 0, bounds: 0...1, title: "share of right answers, %") {
        value, decimals in
        NumberText.percent(value, max(0, decimals - 2))
      }, lines: lines)
    let rest = own.count - lines.count
    let note: HTML =
      rest > 0 ? "<p class=\"note\">\(rest) rarer heuristics are in metrics.jsonl.</p>" : .empty
    return "<figure><h3>\(stage)</h3>\(plot.svg())\(note)</figure>\n"
  }

  private static func mean(_ series: Report.Series) -> Double {
    let values = series.points.map(\.value).filter(\.isFinite)
    return values.reduce(0, +) / Double(max(values.count, 1))
  }
}
