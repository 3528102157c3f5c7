/// The outcomes of the candidates of each heuristic, as one bar each on a common scale.
struct YieldSection {
  let yields: [Report.Yield]

  private static let width = 420.0

  private struct Part: Sendable {
    var kind: String
    var label: String
    var count: @Sendable (Report.Yield) -> Int
  }

  private static let parts = [
    Part(kind: "kept", label: "right, kept", count: { $0.kept }),
    Part(kind: "spare", label: "right, not kept", count: { max(0, $0.verified - $0.kept) }),
    Part(
      kind: "wrong", label: "wrong", count: { max(0, $0.attempted - $0.verified - $0.abstained - $0.failed) }),
    Part(kind: "abstained", label: "no verdict", count: { $0.abstained }),
    Part(kind: "failed", label: "failed", count: { $0.failed }),
  ]

  func html() -> HTML {
    guard !yields.isEmpty else { return .empty }
    let legend = Self.parts.map { "<li><i class=\"\($0.kind)\"></i>\($0.label)</li>" as HTML }
    return """
      <section id="yield"><h2>Yield per heuristic</h2>
      <p class="lead">The shares of right candidates have 95% Wilson intervals, which treat attempts as \
      independent.</p>
      <ul class="legend">\(legend)</ul>
      <div class="wide"><table class="yield"><thead><tr><th>Stage</th><th>Heuristic</th><th>Candidates</th>\
      <th class="n">Attempted</th><th class="n">Right</th><th class="n">Kept</th><th class="n">No verdict</th>\
      <th class="n">Failed</th><th class="n">Mean tokens</th></tr></thead>
      <tbody>\(yields.map(row))</tbody></table></div></section>

      """
  }

  private func row(_ yield: Report.Yield) -> HTML {
    let right = yield.attempted > 0 ? Double(yield.verified) / Double(yield.attempted) : .nan
    return """
      <tr><td>\(yield.stage)</td><th scope="row">\(yield.heuristic)</th><td>\(bar(yield))</td>\
      <td class="n">\(NumberText.count(yield.attempted))</td>\
      <td class="n">\(right.isFinite ? NumberText.percent(right) + "%" : NumberText.missing)\(interval(yield))</td>\
      <td class="n">\(NumberText.count(yield.kept))</td><td class="n">\(NumberText.count(yield.abstained))</td>\
      <td class="n">\(NumberText.count(yield.failed))</td>\
      <td class="n">\(yield.meanTokens.map { NumberText.fixed($0, 0) } ?? NumberText.missing)</td></tr>

      """
  }

  private func interval(_ yield: Report.Yield) -> HTML {
    guard let interval = yield.interval else { return .empty }
    let (low, high) = (NumberText.percent(interval.lowerBound), NumberText.percent(interval.upperBound))
    return "<small>\(low) to \(high)</small>"
  }

  private func bar(_ yield: Report.Yield) -> HTML {
    let largest = Double(max(1, yields.map(\.attempted).max() ?? 1))
    var x = 0.0
    var drawing = HTML.empty
    for part in Self.parts {
      let count = max(0, part.count(yield))
      guard count > 0 else { continue }
      let width = min(Double(count) / largest * Self.width, Self.width - x)
      drawing += """
        <rect class="\(part.kind)" x="\(px: x)" y="2" width="\(px: width)" height="14">\
        <title>\(yield.heuristic), \(part.label): \(NumberText.count(count))</title></rect>
        """
      x += width
    }
    return """
      <svg class="bar" viewBox="0 0 \(px: Self.width) 18" preserveAspectRatio="none" role="img" \
      aria-label="Candidates of \(yield.heuristic)">\(drawing)</svg>
      """
  }
}
