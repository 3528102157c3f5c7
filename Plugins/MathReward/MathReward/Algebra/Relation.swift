/// An equation or inequality between two expressions.
struct Relation: Hashable, Sendable {
  enum Sign: String, Hashable, Sendable {
    case equal = "=", unequal = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="

    var flipped: Sign {
      switch self {
      case .less: .greater
      case .lessOrEqual: .greaterOrEqual
      case .greater: .less
      case .greaterOrEqual: .lessOrEqual
      case .equal, .unequal: self
      }
    }
  }

  var left: Expression
  var sign: Sign
  var right: Expression

  /// The same set of solutions, up to a factor of both sides.
  static func areEqual(_ a: Relation, _ b: Relation, _ budget: ComparisonBudget) throws(AnswerLimitExceeded)
    -> Bool
  {
    let (left, right) = (a.difference, b.difference)
    guard let isPositive = try ExpressionComparison.isPositiveMultiple(left, right, budget) else {
      return false
    }
    return (isPositive ? a.sign : a.sign.flipped) == b.sign
  }

  private var difference: Expression { .sum([left, .negative(right)]) }

  /// Relations at the top level of brackets, in order: the sides and what stands between them.
  static func chain(_ text: ArraySlice<UInt8>) -> (sides: [ArraySlice<UInt8>], signs: [Sign])? {
    var sides: [ArraySlice<UInt8>] = []
    var signs: [Sign] = []
    var start = text.startIndex
    var depth = 0
    var index = text.startIndex
    while index < text.endIndex {
      depth += AnswerSplitter.nesting(text[index])
      guard depth == 0, let (sign, width) = sign(text, at: index) else {
        index += 1
        continue
      }
      sides.append(text[start..<index])
      signs.append(sign)
      index += width
      start = index
      guard signs.count <= 2 else { return nil }
    }
    guard !signs.isEmpty else { return nil }
    return (sides + [text[start...]], signs)
  }

  private static func sign(_ text: ArraySlice<UInt8>, at index: Int) -> (Sign, Int)? {
    for sign in [Sign.unequal, .lessOrEqual, .greaterOrEqual]
    where text[index...].starts(with: sign.rawValue.utf8) {
      return (sign, 2)
    }
    for sign in [Sign.equal, .less, .greater] where text[index...].starts(with: sign.rawValue.utf8) {
      return (sign, 1)
    }
    return nil
  }
}
