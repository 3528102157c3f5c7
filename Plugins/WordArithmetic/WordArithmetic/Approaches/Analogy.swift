extension Scratch {
  /// A smaller problem of the same shape, whose answer is then carried over.
  mutating func analogy(_ facts: Facts) -> Int? {
    switch facts {
    case .chain(let start, let changes), .compare(let start, let changes):
      // The same story without the hundreds, or the tens.
      let round = start / numbers.round * numbers.round
      let small = start - round
      guard round > 0, small > 0, Self.staysPositive(small, changes) else { return nil }
      begin("Like \(small):")
      let result = apply(changes, to: small)
      return work(result, .plus, round)
    case .rate(let boxes, let each, let changes):
      // Half as many boxes hold half as much.
      guard boxes.isMultiple(of: 2) else { return nil }
      begin("Like \(boxes / 2) boxes:")
      let half = work(boxes / 2, .times, each)
      return apply(changes, to: work(half, .plus, half))
    case .start, .share, .pair, .packed:
      return nil
    }
  }
}
