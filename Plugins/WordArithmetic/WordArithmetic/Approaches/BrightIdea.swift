extension Scratch {
  /// The shortcut: the net change of all events, or a round number close by.
  mutating func brightIdea(_ facts: Facts) -> Int? {
    switch facts {
    case .chain(let start, let changes):
      guard changes.count > 1 else { return nil }
      begin("Net:")
      let change = net(changes)
      return apply(change, to: start)
    case .start(let end, let changes):
      guard changes.count > 1 else { return nil }
      begin("Net:")
      let change = net(changes)
      return apply(-change, to: end)
    case .rate(let boxes, let each, let changes):
      let round = each / 10 * 10 + 10
      begin("Near \(round):")
      let most = work(boxes, .times, round)
      let surplus = work(boxes, .times, round - each)
      return apply(changes, to: work(most, .minus, surplus))
    case .share(let total, let among, let changes):
      let round = (total / (10 * among) + 1) * 10 * among
      begin("Near \(total)=\(round)-\(round - total):")
      let most = work(round, .over, among)
      let surplus = work(round - total, .over, among)
      return apply(changes, to: work(most, .minus, surplus))
    case .pair(let total, let difference, let changes):
      // The one with more is easy to find too.
      begin("Both alike:")
      let larger = work(work(total, .plus, difference), .over, 2)
      return apply(changes, to: work(larger, .minus, difference))
    case .compare, .packed:
      return nil
    }
  }

  /// The sum of signed changes: gains first, so that no amount on the way is negative until the last.
  mutating func net(_ changes: [Int]) -> Int {
    let gains = changes.filter { $0 > 0 }
    let losses = changes.filter { $0 < 0 }.map { -$0 }
    guard let firstGain = gains.first else { return -apply(Array(losses.dropFirst()), to: losses[0]) }
    let gain = apply(Array(gains.dropFirst()), to: firstGain)
    guard let firstLoss = losses.first else { return gain }
    let loss = apply(Array(losses.dropFirst()), to: firstLoss)
    return gain >= loss ? work(gain, .minus, loss) : -work(loss, .minus, gain)
  }
}
