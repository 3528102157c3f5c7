/// Conditions as the numbers that satisfy them.
extension Answer {
  /// An interval or a union of intervals; nil for what is neither.
  var interval: Answer? {
    switch self {
    case .relation(let relation, _): relation.interval
    case .tuple(let parts, _, _) where parts.count == 2: self
    case .union: self
    case .named(_, let answer): answer.interval
    default: nil
    }
  }

  /// The integers of an interval whose ends are integers, at most 200 of them.
  var integers: Answer? {
    guard case .tuple(let ends, let open, let close)? = interval, ends.count == 2, let low = ends[0].integer,
      let high = ends[1].integer
    else { return nil }
    let first = low + (open == UInt8(ascii: "(") ? 1 : 0)
    let last = high - (close == UInt8(ascii: ")") ? 1 : 0)
    guard first <= last, last - first < 200 else { return nil }
    return .collection((first...last).map { .number(.integer($0), percent: false) })
  }

  private var integer: Int? {
    switch self {
    case .number(let value, percent: false, _), .expression(let value, _): value.smallInteger
    default: nil
    }
  }
}

extension Expression {
  /// A small integer.
  var smallInteger: Int? {
    switch self {
    case .number(let literal): literal.integer
    case .product(let parts) where parts.count == 2 && parts[0] == .integer(-1):
      parts[1].smallInteger.map { -$0 }
    default: nil
    }
  }
}

extension Relation {
  /// The interval of `x < 5`, with a variable on the left or right side; of `|x - 1| > 2`, two.
  var interval: Answer? {
    var relation = self
    if left.symbols.isEmpty, !right.symbols.isEmpty {
      relation = Relation(left: right, sign: sign.flipped, right: left)
    }
    guard relation.right.symbols.isEmpty else { return nil }
    if case .call(.abs, let inside) = relation.left, let shift = inside.first?.shift {
      return Self.around(shift, relation.sign, relation.right)
    }
    switch relation.left {
    case .symbol, .opaque: return Self.half(relation.sign, Answer.of(relation.right))
    default: return nil
    }
  }

  private static func half(_ sign: Sign, _ bound: Answer) -> Answer? {
    let (low, high) = (Answer.of(.negative(.infinity)), Answer.of(.infinity))
    let (round, roundEnd) = (UInt8(ascii: "("), UInt8(ascii: ")"))
    switch sign {
    case .less: return .tuple([low, bound], open: round, close: roundEnd)
    case .lessOrEqual: return .tuple([low, bound], open: round, close: UInt8(ascii: "]"))
    case .greater: return .tuple([bound, high], open: round, close: roundEnd)
    case .greaterOrEqual: return .tuple([bound, high], open: UInt8(ascii: "["), close: roundEnd)
    case .equal, .unequal: return nil
    }
  }

  /// What is nearer to -shift than a distance, or farther.
  private static func around(_ shift: Expression, _ sign: Sign, _ distance: Expression) -> Answer? {
    let below = Answer.of(.sum([.negative(shift), .negative(distance)]))
    let above = Answer.of(.sum([.negative(shift), distance]))
    switch sign {
    case .less: return .tuple([below, above], open: UInt8(ascii: "("), close: UInt8(ascii: ")"))
    case .lessOrEqual: return .tuple([below, above], open: UInt8(ascii: "["), close: UInt8(ascii: "]"))
    case .greater, .greaterOrEqual:
      guard let low = half(sign.flipped, below), let high = half(sign, above) else { return nil }
      return .union([low, high])
    case .equal, .unequal: return nil
    }
  }
}

extension Expression {
  /// Of a variable plus a number: the number.
  fileprivate var shift: Expression? {
    switch self {
    case .symbol: return .integer(0)
    case .sum(let parts):
      let rest = parts.filter { $0.symbols.isEmpty }
      guard rest.count == parts.count - 1,
        parts.contains(where: { if case .symbol = $0 { true } else { false } })
      else {
        return nil
      }
      return .sum(rest)
    default: return nil
    }
  }
}
