extension Scratch {
  /// The unknown is x; the condition is written down and simplified.
  mutating func settingUpEquations(_ facts: Facts) -> Int? {
    switch facts {
    case .chain(let start, let changes):
      return simplify(start, changes)
    case .start(let end, let changes):
      say("x\(Self.signed(changes))=\(end)")
      return simplify(end, Self.moved(changes))
    case .packed(let boxes, let each, let changes):
      say("x\(Self.signed(changes))=\(boxes)*\(each)")
      return simplify(boxes, times: each, Self.moved(changes))
    case .share(let total, let among, let changes):
      say("\(among)x=\(total)")
      let each = settle(total / among)
      say("x=\(each)")
      return apply(changes, to: each)
    case .rate(let boxes, let each, let changes):
      return simplify(boxes, times: each, changes)
    case .pair(let total, let difference, let changes):
      say("x+x+\(difference)=\(total)")
      let twice = work(total, .minus, difference, prefix: "2x=")
      let smaller = settle(twice / 2)
      say("x=\(smaller)")
      return apply(changes, to: smaller)
    case .compare:
      return nil
    }
  }

  private mutating func simplify(_ boxes: Int, times each: Int, _ changes: [Int]) -> Int {
    say("x=\(boxes)*\(each)\(Self.signed(changes))")
    return simplify(settle(boxes * each), changes)
  }

  /// Writes `x=347+85-23, x=432-23, x=409`.
  private mutating func simplify(_ amount: Int, _ changes: [Int]) -> Int {
    var amount = amount
    say("x=\(amount)\(Self.signed(changes))")
    for (index, change) in changes.enumerated() {
      amount = settle(amount + change)
      say("x=\(amount)\(Self.signed(Array(changes[(index + 1)...])))")
    }
    return amount
  }

  /// The changes on the other side of the equation, the last one first.
  private static func moved(_ changes: [Int]) -> [Int] { changes.reversed().map { -$0 } }

  private static func signed(_ changes: [Int]) -> String {
    changes.map { $0 < 0 ? "\($0)" : "+\($0)" }.joined()
  }
}
