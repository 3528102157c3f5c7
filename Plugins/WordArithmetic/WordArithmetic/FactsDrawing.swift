extension Facts {
  /// Draws numbers for a story of `kind` with `steps` calculations.
  ///
  /// Every amount on the way stays within `10...1199`, and a single change has two digits: easy enough for a
  /// model of a million parameters, with a thousand possible answers so that a guess does not count.
  init(kind: Kind, steps: Int, draw: inout Draw) {
    precondition(kind.steps.contains(steps), "\(kind) has no story of \(steps) steps")
    switch kind {
    case .chain:
      let start = draw.within(100...999)
      self = .chain(start: start, changes: Self.changes(steps, from: start, lowest: 100, &draw))
    case .start:
      let start = draw.within(100...999)
      let changes = Self.changes(steps, from: start, lowest: 100, &draw)
      self = .start(end: start + changes.reduce(0, +), changes: changes)
    case .compare:
      let first = draw.within(100...999)
      self = .compare(first: first, changes: Self.changes(steps, from: first, lowest: 100, &draw))
    case .share:
      let among = draw.within(2...6)
      let each = draw.within(40...(999 / among))
      self = .share(
        total: among * each, among: among, changes: Self.changes(steps - 1, from: each, lowest: 10, &draw))
    case .rate:
      let (boxes, each) = Self.boxes(&draw)
      self = .rate(
        boxes: boxes, each: each, changes: Self.changes(steps - 1, from: boxes * each, lowest: 10, &draw))
    case .pair:
      let smaller = draw.within(100...499)
      let difference = draw.within(11...99)
      self = .pair(
        total: 2 * smaller + difference, difference: difference,
        changes: Self.changes(steps - 2, from: smaller, lowest: 10, &draw))
    case .packed:
      let (boxes, each) = Self.boxes(&draw)
      let undone = Self.changes(steps - 1, from: boxes * each, lowest: 10, &draw)
      self = .packed(boxes: boxes, each: each, changes: undone.reversed().map { -$0 })
    }
  }

  /// Boxes and their content: never a multiple of ten, which would need no thought.
  private static func boxes(_ draw: inout Draw) -> (boxes: Int, each: Int) {
    (draw.within(3...9), 10 * draw.within(1...9) + draw.within(1...9))
  }

  private static func changes(_ count: Int, from start: Int, lowest: Int, _ draw: inout Draw) -> [Int] {
    var running = start
    return (0..<count).map { _ in
      let amount = draw.within(11...99)
      let gain = draw.chance(0.5) ? running + amount <= 1199 : running - amount < lowest
      running += gain ? amount : -amount
      return gain ? amount : -amount
    }
  }
}
