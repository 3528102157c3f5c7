extension Scratch {
  /// A helper quantity that the question does not mention.
  mutating func auxiliaryElements(_ facts: Facts) -> Int? {
    switch facts {
    case .pair(let total, let difference, let changes):
      // The total that there would be if both had the same.
      begin("Without the \(difference) more:")
      let even = work(total, .minus, difference)
      return apply(changes, to: work(even, .over, 2))
    case .compare(let first, let changes):
      guard changes.count > 1 else { return nil }
      begin("Gap:")
      let gap = net(changes)
      return apply(gap, to: first)
    case .chain, .start, .share, .rate, .packed:
      return nil
    }
  }
}
