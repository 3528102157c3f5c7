/// Keeps the labels at the ends of lines from overlapping.
enum LabelSpread {
  /// Moves positions apart to at least `gap`, by as little as possible and keeping their order.
  ///
  /// Labels that are too close are merged into blocks, each centered on the mean of their wanted positions.
  /// If there are more labels than fit into `range`, they overlap evenly.
  static func spread(_ wanted: [Double], gap: Double, within range: ClosedRange<Double>) -> [Double] {
    guard wanted.count > 1 else { return wanted }
    let room = (range.upperBound - range.lowerBound) / Double(wanted.count - 1)
    let gap = min(gap, room)
    let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
    var blocks: [(members: [Int], first: Double)] = []
    for label in order {
      blocks.append(([label], clamp(wanted[label], 1, gap, range)))
      while blocks.count > 1, case let last = blocks[blocks.count - 1],
        case let before = blocks[blocks.count - 2],
        last.first < before.first + gap * Double(before.members.count) - 1e-9
      {
        let members = before.members + last.members
        let first = members.enumerated().map { wanted[$1] - gap * Double($0) }.reduce(0, +)
        blocks.removeLast(2)
        blocks.append((members, clamp(first / Double(members.count), members.count, gap, range)))
      }
    }
    var places = wanted
    for block in blocks {
      for (row, label) in block.members.enumerated() { places[label] = block.first + gap * Double(row) }
    }
    return places
  }

  private static func clamp(
    _ first: Double, _ count: Int, _ gap: Double, _ range: ClosedRange<Double>
  ) -> Double {
    max(range.lowerBound, min(first, range.upperBound - gap * Double(count - 1)))
  }
}
