extension Facts {
  /// Draws numbers for a story of `kind` with `steps` calculations.
  ///
  /// Every amount on the way stays within the magnitude's bounds. Large numbers are easy enough for a model of a million
  /// parameters that was made for them, with a thousand possible answers so that a guess does not count.
  init(kind: Kind, steps: Int, numbers: Magnitude, draw: inout Draw) {
    precondition(kind.steps.contains(steps), "\(kind) has no story of \(steps) steps")
    let least = numbers.amounts.lowerBound
    func drawn(_ count: Int, from start: Int, lowest: Int) -> [Int] {
      Self.changes(count, from: start, lowest: lowest, numbers, &draw)
    }
    switch kind {
    case .chain:
      let start = draw.within(numbers.first)
      self = .chain(start: start, changes: drawn(steps, from: start, lowest: numbers.lowest))
    case .start:
      let start = draw.within(numbers.first)
      let changes = drawn(steps, from: start, lowest: numbers.lowest)
      self = .start(end: start + changes.reduce(0, +), changes: changes)
    case .compare:
      let first = draw.within(numbers.first)
      self = .compare(first: first, changes: drawn(steps, from: first, lowest: numbers.lowest))
    case .share:
      let among = draw.within(numbers.friends)
      let each = draw.within(numbers.share(among: among))
      self = .share(
        total: among * each, among: among, changes: drawn(steps - 1, from: each, lowest: least))
    case .rate:
      let (boxes, each) = Self.boxes(numbers, &draw)
      self = .rate(
        boxes: boxes, each: each, changes: drawn(steps - 1, from: boxes * each, lowest: least))
    case .pair:
      let smaller = draw.within(numbers.smaller)
      let difference = draw.within(numbers.difference)
      self = .pair(
        total: 2 * smaller + difference, difference: difference,
        changes: drawn(steps - 2, from: smaller, lowest: least))
    case .packed:
      let (boxes, each) = Self.boxes(numbers, &draw)
      let undone = drawn(steps - 1, from: boxes * each, lowest: least)
      self = .packed(boxes: boxes, each: each, changes: undone.reversed().map { -$0 })
    }
  }

  /// Boxes and their content: never a multiple of ten, which would need no thought.
  private static func boxes(_ numbers: Magnitude, _ draw: inout Draw) -> (boxes: Int, each: Int) {
    (draw.within(numbers.boxes), 10 * draw.within(numbers.tens) + draw.within(numbers.ones))
  }

  private static func changes(
    _ count: Int, from start: Int, lowest: Int, _ numbers: Magnitude, _ draw: inout Draw
  ) -> [Int] {
    var running = start
    return (0..<count).map { _ in
      let amount = draw.within(numbers.change)
      let gain = draw.chance(0.5) ? running + amount <= numbers.amounts.upperBound : running - amount < lowest
      running += gain ? amount : -amount
      return gain ? amount : -amount
    }
  }
}
