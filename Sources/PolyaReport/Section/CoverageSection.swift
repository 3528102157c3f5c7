/// A matrix of heuristics and questions that shows which cells have a right answer.
struct CoverageSection {
  let coverages: [Report.Coverage]

  private static let (cell, gap, names) = (11.0, 1.0, 170.0)

  func html() -> HTML {
    let shown = coverages.filter { !$0.rows.isEmpty && !$0.heuristics.isEmpty }
    guard !shown.isEmpty else { return .empty }
    return """
      <section id="coverage"><h2>Coverage</h2>
      \(shown.map(matrix))</section>

      """
  }

  private func matrix(_ coverage: Report.Coverage) -> HTML {
    let step = Self.cell + Self.gap
    let (width, height) = (
      Self.names + step * Double(coverage.rows.count), step * Double(coverage.heuristics.count)
    )
    let solved = coverage.histogram.enumerated().reduce(0) { $0 + $1.offset * $1.element }
    let mean = Double(solved) / Double(max(1, coverage.questions))
    let none = coverage.histogram.first ?? 0
    return """
      <p class="lead">\(coverage.stage): rows are heuristics, columns are questions; the darker a cell, the \
      more of its attempts are right. On average, a question is solved by \(NumberText.fixed(mean, 1)) of \
      \(NumberText.count(coverage.heuristics.count)) heuristics, \(NumberText.count(none)) of \
      \(NumberText.count(coverage.questions)) questions by none.\(more(coverage))</p>
      <div class="wide"><svg class="coverage" width="\(px: width)" height="\(px: height)" \
      viewBox="0 0 \(px: width) \(px: height)" role="img" aria-label="Coverage of \(coverage.stage)">\
      \(coverage.heuristics.indices.map { row($0, at: Double($0) * step, coverage) })</svg></div>

      """
  }

  private func more(_ coverage: Report.Coverage) -> String {
    coverage.rows.count < coverage.questions
      ? " Only the first \(NumberText.count(coverage.rows.count)) are shown." : ""
  }

  private func row(_ heuristic: Int, at y: Double, _ coverage: Report.Coverage) -> HTML {
    let name = coverage.heuristics[heuristic]
    var drawing: HTML = "<text x=\"0\" y=\"\(px: y + Self.cell - 1.5)\">\(name)</text>"
    for (column, row) in coverage.rows.enumerated() where row.attempted[heuristic] > 0 {
      let share = Double(row.right[heuristic]) / Double(row.attempted[heuristic])
      // Five steps: more cannot be told apart.
      let level = share == 0 ? 0 : min(4, 1 + Int(share * 3.999))
      drawing += """
        <rect class="c\(NumberText.count(level))" x="\(px: Self.names + Double(column) * (Self.cell + Self.gap))" \
        y="\(px: y)" width="\(px: Self.cell)" height="\(px: Self.cell)"><title>\(name), \
        \(NumberText.count(row.right[heuristic])) of \(NumberText.count(row.attempted[heuristic])): \
        \(row.question)</title></rect>
        """
    }
    return drawing
  }
}
