/// Draws the stages as boxes in columns, each to the right of the stages that it reads.
struct StageGraph {
  private let stages: [Report.Stage]
  /// The cells of the stages, in the same order, followed by the passages.
  private let cells: [Cell]

  /// A cell of the grid: a stage, or a passage that leads a long edge through a column without crossing
  /// boxes.
  private struct Cell {
    var column: Int
    var row = 0
    /// The cells in the previous column from which edges come.
    var inputs: [Int] = []
  }

  private static let box = (width: 156.0, height: 46.0)
  private static let gap = (across: 32.0, down: 16.0)
  private static let margin = 2.0

  init(stages: [Report.Stage]) {
    self.stages = stages
    cells = Self.placed(Self.routed(stages))
  }

  /// Returns the graph, or nothing if no stage reads another, since boxes without arrows add nothing to the
  /// table.
  func svg() -> HTML {
    guard cells.contains(where: { !$0.inputs.isEmpty }) else { return .empty }
    let columns = Double((cells.map(\.column).max() ?? 0) + 1)
    let rows = Double((cells.map(\.row).max() ?? 0) + 1)
    let width = columns * (Self.box.width + Self.gap.across) - Self.gap.across + 2 * Self.margin
    let height = rows * (Self.box.height + Self.gap.down) - Self.gap.down + 2 * Self.margin
    return """
      <div class="wide"><svg class="graph" viewBox="0 0 \(px: max(width, 1144)) \(px: height)" role="img" \
      aria-label="The graph of stages">\(cells.indices.map(edges))\(stages.indices.map(node))</svg></div>

      """
  }

  // MARK: Layout

  /// Returns the cells with their columns and passages; the rows are not yet set.
  private static func routed(_ stages: [Report.Stage]) -> [Cell] {
    var index: [String: Int] = [:]
    for (place, stage) in stages.enumerated() where index[stage.name] == nil { index[stage.name] = place }
    let parents = stages.map { stage in stage.inputs.compactMap { index[$0] } }
    var cells = depths(parents).map { Cell(column: $0) }
    var passages: [[Int]: Int] = [:]
    for child in stages.indices {
      // An edge that does not lead to the right is part of a cycle, which the check of the manifest reports.
      for parent in parents[child] where cells[parent].column < cells[child].column {
        var last = parent
        for column in (cells[parent].column + 1)..<cells[child].column {
          if let passage = passages[[parent, column]] {
            last = passage
          } else {
            cells.append(Cell(column: column, inputs: [last]))
            last = cells.count - 1
            passages[[parent, column]] = last
          }
        }
        if !cells[child].inputs.contains(last) { cells[child].inputs.append(last) }
      }
    }
    return cells
  }

  /// Sets the rows column by column, with each cell as level with its inputs as the cells above it allow.
  private static func placed(_ cells: [Cell]) -> [Cell] {
    var cells = cells
    for column in 0...(cells.map(\.column).max() ?? 0) {
      let members = cells.indices.filter { cells[$0].column == column }
      let wanted = members.map { cell -> (row: Double, cell: Int) in
        let rows = cells[cell].inputs.map { Double(cells[$0].row) }
        return (rows.isEmpty ? 0 : rows.reduce(0, +) / Double(rows.count), cell)
      }
      var free = 0
      for (row, cell) in wanted.sorted(by: { ($0.row, $0.cell) < ($1.row, $1.cell) }) {
        cells[cell].row = max(free, Int(row.rounded(.down)))
        free = cells[cell].row + 1
      }
    }
    return cells
  }

  /// Returns the length of the longest path to each stage. The rounds are bounded, since an unchecked graph
  /// may contain a cycle.
  private static func depths(_ parents: [[Int]]) -> [Int] {
    var depth = [Int](repeating: 0, count: parents.count)
    for _ in parents.indices {
      let deeper = parents.map { inputs in min(parents.count - 1, inputs.map { depth[$0] + 1 }.max() ?? 0) }
      if deeper == depth { break }
      depth = deeper
    }
    return depth
  }

  // MARK: Drawing

  private func corner(_ cell: Int) -> (x: Double, y: Double) {
    (
      Self.margin + Double(cells[cell].column) * (Self.box.width + Self.gap.across),
      Self.margin + Double(cells[cell].row) * (Self.box.height + Self.gap.down)
    )
  }

  private func edges(into cell: Int) -> HTML {
    let end = corner(cell)
    let y2 = end.y + Self.box.height / 2
    let bend = Self.gap.across * 0.6
    let through: HTML = cell < stages.count ? .empty : " H\(px: end.x + Self.box.width)"
    let curves = cells[cell].inputs.map { input -> HTML in
      let start = corner(input)
      let (x1, y1) = (start.x + Self.box.width, start.y + Self.box.height / 2)
      return """
        <path class="edge" d="M\(px: x1) \(px: y1) C\(px: x1 + bend) \(px: y1) \(px: end.x - bend) \(px: y2) \
        \(px: end.x) \(px: y2)\(through)"/>
        """
    }
    return "\(curves)"
  }

  private func node(_ index: Int) -> HTML {
    let stage = stages[index]
    let (x, y) = corner(index)
    let time = stage.seconds.map(NumberText.roughDuration) ?? stage.state.rawValue
    return """
      <g class="node \(stage.state.rawValue)">\
      <title>\(stage.name), \(stage.kind): \(stage.state.rawValue)</title>\
      <rect x="\(px: x)" y="\(px: y)" width="\(px: Self.box.width)" height="\(px: Self.box.height)" rx="7"/>\
      <text class="name" x="\(px: x + 12)" y="\(px: y + 19)">\(stage.name.shortened(to: 16))</text>\
      <text class="what" x="\(px: x + 12)" y="\(px: y + 36)">\
      \(stage.kind.shortened(to: 11)) · \(time)</text></g>
      """
  }
}
