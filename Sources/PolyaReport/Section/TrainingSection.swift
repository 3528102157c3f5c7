/// One plot per recorded metric, with one line per stage.
struct TrainingSection {
  let series: [Report.Series]

  /// The metrics that are always shown; the others are collapsed.
  private static let foremost = ["reward/mean", "loss/mean", "policy/entropy", "group/mixed"]

  func html() -> HTML {
    guard !series.isEmpty else { return .empty }
    let stages = ScoreBoard.inOrder(series.map(\.stage))
    let names = ScoreBoard.inOrder(series.map(\.name)).filter { !HeuristicShareSection.shows($0) }
    let first = Self.foremost.filter { names.contains($0) }
    let shown = first.isEmpty ? names : first
    let others = names.filter { !shown.contains($0) }.map { panel($0, stages) }
    let folded: HTML =
      others.isEmpty
      ? .empty
      : """
      <details><summary>\(others.count) more metrics</summary><div class="panels">\(others)</div></details>
      """
    return """
      <section id="training"><h2>Training</h2>
      <p class="lead">Long series are drawn as means of neighboring steps; the band is their range.</p>
      <div class="panels">\(shown.map { panel($0, stages) })</div>\(folded)</section>

      """
  }

  private func panel(_ name: String, _ stages: [String]) -> HTML {
    let members = series.filter { $0.name == name }
    let lines = members.map { series in
      LinePlot.Line(
        label: series.stage, style: stages.firstIndex(of: series.stage) ?? 0,
        points: SeriesCondenser.points(of: series), showsMarkers: false)
    }
    let points = lines.flatMap(\.points)
    let undrawn = members.reduce(0) { $0 + $1.undrawn }
    guard points.contains(where: \.isDrawable) else {
      return "<figure><h3>\(name)</h3><p class=\"none\">No finite value was recorded.</p></figure>\n"
    }
    let plot = LinePlot(
      description: "\(name) by training step",
      x: .linear(covering: members.flatMap(\.points).map(\.step), padding: 0, title: "step") {
        value, decimals in
        decimals == 0 ? NumberText.fixed(value, 0) : ""
      },
      y: .linear(
        covering: points.flatMap { [$0.y, $0.low ?? $0.y, $0.high ?? $0.y] }, padding: 0.06, title: "",
        label: Self.tick), lines: lines)
    return "<figure><h3>\(name)</h3>\(plot.svg())\(Self.note(undrawn: undrawn))</figure>\n"
  }

  private static func note(undrawn: Int) -> HTML {
    guard undrawn > 0 else { return .empty }
    let what = undrawn == 1 ? "value was not finite and is" : "values were not finite and are"
    return "<p class=\"note bad\">\(NumberText.count(undrawn)) \(what) missing.</p>"
  }

  private static func tick(_ value: Double, _ decimals: Int) -> String {
    decimals <= 4 && value.magnitude < 1e6
      ? NumberText.fixed(value, decimals) : NumberText.significant(value, 2)
  }
}
