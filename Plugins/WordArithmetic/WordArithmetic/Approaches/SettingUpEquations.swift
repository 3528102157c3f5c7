extension Scratch {
  /// The unknown is x; the condition is written down and simplified.
  mutating func settingUpEquations(_ facts: Facts) -> Int? {
    switch facts {
    case .chain(let start, let changes):
      return gather("x=\(start)", changes, start)
    case .start(let end, let changes):
      return solve(changes, end: end, shown: "\(end)")
    case .packed(let boxes, let each, let changes):
      return solve(changes, end: nil, shown: "\(boxes)*\(each)", product: (boxes, each))
    case .share(let total, let among, let changes):
      say("\(among)x=\(total)")
      let each = settle(total / among)
      say("x=\(each)")
      return apply(changes, to: each)
    case .rate(let boxes, let each, let changes):
      say("x=\(boxes)*\(each)\(Self.signed(changes))")
      let product = settle(boxes * each)
      return gather("x=\(product)", changes, product)
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

  /// Writes `x=347+85-23, x=347+62, x=409`.
  private mutating func gather(_ known: String, _ changes: [Int], _ amount: Int) -> Int {
    let net = collapse(changes, around: (known, ""))
    let result = settle(amount + net)
    say("x=\(result)")
    return result
  }

  /// Writes `x+85-23=409, x+62=409, x=409-62, x=347`.
  private mutating func solve(
    _ changes: [Int], end: Int?, shown: String, product: (boxes: Int, each: Int)? = nil
  ) -> Int {
    let net = collapse(changes, around: ("x", "=" + shown))
    let total = end ?? product.map { settle($0.boxes * $0.each) } ?? 0
    say("x=\(total)\(Self.signed([-net]))")
    let result = settle(total - net)
    say("x=\(result)")
    return result
  }

  /// Writes an equation with all changes in it, then again with one change fewer until one is left.
  private mutating func collapse(_ changes: [Int], around sides: (left: String, right: String)) -> Int {
    var changes = changes
    say(sides.left + Self.signed(changes) + sides.right)
    while changes.count > 1 {
      let merged = settle(changes[0] + changes[1])
      changes.replaceSubrange(0..<2, with: [merged])
      say(sides.left + Self.signed(changes) + sides.right)
    }
    return changes[0]
  }

  static func signed(_ changes: [Int]) -> String {
    changes.map { $0 < 0 ? "\($0)" : "+\($0)" }.joined()
  }
}
