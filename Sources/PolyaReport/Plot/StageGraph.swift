/// Draws the stages as boxes in columns, each right of everything that it reads.
struct StageGraph {
  var stages: [Report.Stage]

  private static let box = (width: 158.0, height: 46.0)
  private static let gap = (across: 46.0, down: 16.0)

  private struct Layout {
    var column: [Int]
    var row: [Int]
    /// Known inputs by index; names that no stage bears are left out.
    var parents: [[Int]]
  }

  func svg() -> HTML {
    let layout = self.layout()
    guard layout.parents.contains(where: { !$0.isEmpty }) else { return .empty }
    let columns = Double((layout.column.max() ?? 0) + 1)
    let rows = Double((layout.row.max() ?? 0) + 1)
    let width = columns * (Self.box.width + Self.gap.across) - Self.gap.across + 4
    let height = rows * (Self.box.height + Self.gap.down) - Self.gap.down + 4
    var edges = HTML.empty
    var boxes = HTML.empty
    for child in stages.indices {
      for parent in layout.parents[child] { edges += edge(from: parent, to: child, layout) }
      boxes += node(child, layout)
    }
    return """
      <div class="wide"><svg class="graph" width="\(px: width)" height="\(px: height)" \
      viewBox="0 0 \(px: width) \(px: height)" role="img" aria-label="The graph of stages">\
      \(edges)\(boxes)</svg></div>

      """
  }

  private func layout() -> Layout {
    var index: [String: Int] = [:]
    for (place, stage) in stages.enumerated() where index[stage.name] == nil { index[stage.name] = place }
    let parents = stages.map { stage in stage.inputs.compactMap { index[$0] } }
    let column = depths(parents)
    var row = [Int](repeating: 0, count: stages.count)
    for depth in 0...(column.max() ?? 0) {
      let members = stages.indices.filter { column[$0] == depth }
      let wanted = members.map { member -> Double in
        let above = parents[member].filter { column[$0] < depth }.map { Double(row[$0]) }
        return above.isEmpty ? 0 : above.reduce(0, +) / Double(above.count)
      }
      let order = members.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
      for (place, member) in order.enumerated() { row[members[member]] = place }
    }
    return Layout(column: column, row: row, parents: parents)
  }

  /// The longest way to a stage from one without inputs. The rounds are bounded, since a graph that is not checked
  /// yet may hold a cycle.
  private func depths(_ parents: [[Int]]) -> [Int] {
    var depth = [Int](repeating: 0, count: parents.count)
    for _ in parents.indices {
      let deeper = parents.map { inputs in min(parents.count - 1, inputs.map { depth[$0] + 1 }.max() ?? 0) }
      if deeper == depth { break }
      depth = deeper
    }
    return depth
  }

  private func corner(_ stage: Int, _ layout: Layout) -> (x: Double, y: Double) {
    (
      2 + Double(layout.column[stage]) * (Self.box.width + Self.gap.across),
      2 + Double(layout.row[stage]) * (Self.box.height + Self.gap.down)
    )
  }

  private func edge(from parent: Int, to child: Int, _ layout: Layout) -> HTML {
    let start = corner(parent, layout)
    let end = corner(child, layout)
    let (x1, y1) = (start.x + Self.box.width, start.y + Self.box.height / 2)
    let y2 = end.y + Self.box.height / 2
    // The bend lies in the gap before the child, so that a long edge runs level over the columns between.
    let bend = end.x - Self.gap.across
    return """
      <path class="edge" d="M\(px: x1) \(px: y1) H\(px: bend) C\(px: bend + 26) \(px: y1) \
      \(px: end.x - 26) \(px: y2) \(px: end.x) \(px: y2)"/>
      """
  }

  private func node(_ index: Int, _ layout: Layout) -> HTML {
    let stage = stages[index]
    let (x, y) = corner(index, layout)
    let time = stage.seconds == nil ? stage.state.rawValue : NumberText.duration(stage.seconds)
    return """
      <g class="node \(stage.state.rawValue)"><title>\(stage.name), \(stage.kind): \(stage.state.rawValue)</title>\
      <rect x="\(px: x)" y="\(px: y)" width="\(px: Self.box.width)" height="\(px: Self.box.height)" rx="7"/>\
      <text class="name" x="\(px: x + 12)" y="\(px: y + 19)">\(stage.name.shortened(to: 18))</text>\
      <text class="what" x="\(px: x + 12)" y="\(px: y + 36)">\
      \(stage.kind.shortened(to: 12)) · \(time)</text></g>
      """
  }
}
