internal import PolyaRecords

/// Paired differences, each drawn as an interval around zero on a common scale.
struct ComparisonSection {
  let comparisons: [ComparisonRecord]
  let board: ScoreBoard

  private static let width = 240.0

  func html() -> HTML {
    guard !comparisons.isEmpty else { return .empty }
    return """
      <section id="differences"><h2>Paired differences</h2>
      <p class="lead">First arm minus second on the same questions, with 95% intervals. Intervals that exclude \
      zero are drawn solid. q is p adjusted for all rows of the stage: calling a row with q below 0.05 a difference is wrong for \
      at most 5% of such rows.</p>
      <div class="wide"><table><thead><tr><th>First</th><th>Second</th><th>Tasks</th><th>Metric</th>\
      <th class="n">Difference</th><th class="middle">second better · first better</th><th class="n">p</th>\
      <th class="n">q</th><th class="n">Questions</th></tr></thead>
      <tbody>\(comparisons.map(row))</tbody></table></div></section>

      """
  }

  private func row(_ comparison: ComparisonRecord) -> HTML {
    let isShare = ShareMetric.contains(comparison.metric)
    let write = { (value: Double) in
      NumberText.signed(isShare ? NumberText.percent(value) : NumberText.significant(value))
    }
    return """
      <tr><td>\(ArmName.html(comparison.first, board))</td><td>\(ArmName.html(comparison.second, board))</td>\
      <td>\(comparison.tasks)</td><td>\(comparison.metric)</td>\
      <td class="n">\(write(comparison.difference))<small>\(write(comparison.low)) to \(write(comparison.high))</small></td>\
      <td class="middle">\(drawing(comparison))</td>\
      <td class="n">\(NumberText.probability(comparison.probability))</td>\
      <td class="n">\(comparison.adjusted.map(NumberText.probability) ?? NumberText.missing)</td>\
      <td class="n">\(NumberText.count(comparison.questions))</td></tr>

      """
  }

  /// Only rows of one metric family share a scale, since a difference of Vendi scores is not a percentage.
  private func reach(_ comparison: ComparisonRecord) -> Double {
    let isShare = ShareMetric.contains(comparison.metric)
    let alike = comparisons.filter {
      isShare ? ShareMetric.contains($0.metric) : $0.metric == comparison.metric
    }
    let reach = alike.flatMap { [$0.low.magnitude, $0.high.magnitude] }.filter(Axis.isDrawable).max() ?? 1
    return reach > 0 ? reach : 1
  }

  private func drawing(_ comparison: ComparisonRecord) -> HTML {
    let values = [comparison.difference, comparison.low, comparison.high]
    guard values.allSatisfy(Axis.isDrawable) else { return "\(NumberText.missing)" }
    let reach = self.reach(comparison)
    let places = values.map { Self.width / 2 + $0 / reach * (Self.width / 2 - 8) }
    let isClear = comparison.low > 0 || comparison.high < 0
    let kind: HTML = isClear ? "forest clear" : "forest"
    return """
      <svg class="\(kind)" width="\(px: Self.width)" height="18" viewBox="0 0 \(px: Self.width) 18" \
      aria-hidden="true"><line class="zero" x1="\(px: Self.width / 2)" x2="\(px: Self.width / 2)" y1="0" y2="18"/>\
      <line class="reach" x1="\(px: places[1])" x2="\(px: places[2])" y1="9" y2="9"/>\
      <circle cx="\(px: places[0])" cy="9" r="4.2"/></svg>
      """
  }
}
