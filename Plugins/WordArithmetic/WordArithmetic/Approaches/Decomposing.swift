extension Scratch {
  /// Events are taken apart into gains and losses, factors into tens and ones, dividends into a round part and a rest.
  mutating func decomposing(_ facts: Facts) -> Int? {
    switch facts {
    case .chain(let start, let changes), .compare(let start, let changes):
      return changes.count == 1 ? byDigits(changes[0], to: start) : bySign(changes, to: start)
    case .start(let end, let changes):
      let undone = changes.map { -$0 }
      return changes.count == 1 ? byDigits(undone[0], to: end) : bySign(undone, to: end)
    case .rate(let boxes, let each, let changes):
      guard each > 10 else { return nil }
      begin("Split \(each):")
      let tens = work(boxes, .times, each / 10 * 10)
      let ones = work(boxes, .times, each % 10)
      return apply(changes, to: work(tens, .plus, ones))
    case .share(let total, let among, let changes):
      // The round part is the largest that gives everybody a whole number of tens.
      let round = total / (10 * among) * 10 * among
      guard round > 0, round < total else { return nil }
      begin("Split \(total)=\(round)+\(total - round):")
      let tens = work(round, .over, among)
      let ones = work(total - round, .over, among)
      return apply(changes, to: work(tens, .plus, ones))
    case .pair, .packed:
      return nil
    }
  }

  private mutating func byDigits(_ change: Int, to amount: Int) -> Int? {
    let tens = change / 10 * 10
    guard tens != 0, tens != change else { return nil }
    begin("Split \(change.magnitude):")
    return apply([tens, change - tens], to: amount)
  }

  /// All that is to be added, all that is to be taken away, then each heap as a whole.
  private mutating func bySign(_ changes: [Int], to amount: Int) -> Int? {
    let added = heap(changes.filter { $0 > 0 }, "Add")
    let taken = heap(changes.filter { $0 < 0 }.map { -$0 }, "Take")
    begin("So")
    var result = amount
    if let added { result = work(result, .plus, added) }
    if let taken { result = work(result, .minus, taken) }
    return result
  }

  private mutating func heap(_ amounts: [Int], _ name: String) -> Int? {
    guard let first = amounts.first else { return nil }
    begin(name)
    if amounts.count == 1 { say("\(first)") }
    return apply(Array(amounts.dropFirst()), to: first)
  }
}
