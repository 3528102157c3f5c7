extension Scratch {
  /// False position: an easy value, what it leads to, and the correction that the difference asks for.
  mutating func specialization(_ facts: Facts) -> Int? {
    switch facts {
    case .start(let end, let changes):
      let trial = 2 * numbers.round
      guard Self.staysPositive(trial, changes) else { return nil }
      begin("Try \(trial):")
      let reached = apply(changes, to: trial)
      begin("Off:")
      return end >= reached
        ? work(trial, .plus, work(end, .minus, reached)) : work(trial, .minus, work(reached, .minus, end))
    case .pair(let total, let difference, let changes):
      let trial = numbers.round
      begin("Try \(trial):")
      let other = work(trial, .plus, difference)
      let together = work(trial, .plus, other)
      begin("Off:")
      let half = work(work(total, .minus, together), .over, 2)
      return apply(changes, to: work(trial, .plus, half))
    case .share(let total, let among, let changes):
      let trial = total / (numbers.round * among) * numbers.round
      guard trial > 0, trial * among < total else { return nil }
      begin("Try \(trial):")
      let used = work(among, .times, trial)
      begin("Off:")
      let more = work(work(total, .minus, used), .over, among)
      return apply(changes, to: work(trial, .plus, more))
    case .chain, .compare, .rate, .packed:
      return nil
    }
  }

  static func staysPositive(_ start: Int, _ changes: [Int]) -> Bool {
    var running = start
    return changes.allSatisfy { change in
      running += change
      return running > 0
    }
  }
}
