/// Checks the equations that stand in a text, so that no exemplar teaches wrong arithmetic.
///
/// Numbers are exact integers: a division that leaves a remainder counts as wrong.
enum ArithmeticEvaluator {
  struct Equation: Equatable {
    var text: String
    var holds: Bool
  }

  /// Every `a = b` between sides made of numbers, `+ - * /` and parentheses. Sides with a letter are unknown.
  static func equations(in text: String) -> [Equation] {
    var equations: [Equation] = []
    for line in text.split(separator: "\n") {
      for clause in line.split(whereSeparator: { ",:".contains($0) }) {
        for part in String(clause).replacing(" and ", with: ",").split(separator: ",") {
          equations += chain(String(part))
        }
      }
    }
    return equations
  }

  private static func chain(_ clause: String) -> [Equation] {
    let sides = clause.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
    return zip(sides, sides.dropFirst()).compactMap { left, right in
      let expression = tail(left)
      let result = head(right)
      guard let expression, let result else { return nil }
      var leftParser = Parser(expression)
      var rightParser = Parser(result)
      let value = leftParser.sum()
      let expected = rightParser.sum()
      return Equation(
        text: "\(expression) = \(result)",
        holds: value != nil && value == expected && leftParser.isAtEnd && rightParser.isAtEnd)
    }
  }

  private static func isArithmetic(_ character: Character) -> Bool { "0123456789+-*/() ".contains(character) }

  /// The arithmetic that `side` ends with; nil when there is none, or it hangs on an unknown (`2x + 5`).
  private static func tail(_ side: String) -> String? {
    let reversed = side.reversed().prefix(while: isArithmetic)
    let text = String(reversed.reversed())
    let before = side.dropLast(text.count).last
    let trimmed = text.trimmed
    guard let first = trimmed.first, first.isNumber || first == "(" else { return nil }
    if let before, before.isLetter, text.first != " " { return nil }
    return trimmed
  }

  private static func head(_ side: String) -> String? {
    let text = String(side.prefix(while: isArithmetic))
    let next = side.dropFirst(text.count).first
    let trimmed = text.trimmed
    guard let first = trimmed.first, first.isNumber || first == "(" else { return nil }
    if let next, next.isLetter, text.last != " " { return nil }
    return trimmed
  }

  /// Recursive descent: sum, product, primary.
  private struct Parser {
    private var rest: Substring

    init(_ text: String) { rest = Substring(text.filter { $0 != " " }) }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func sum() -> Int? {
      guard var value = product() else { return nil }
      while let sign = rest.first, sign == "+" || sign == "-" {
        rest.removeFirst()
        guard let next = product() else { return nil }
        value += sign == "+" ? next : -next
      }
      return value
    }

    private mutating func product() -> Int? {
      guard var value = primary() else { return nil }
      while let sign = rest.first, sign == "*" || sign == "/" {
        rest.removeFirst()
        guard let next = primary(), sign == "*" || (next != 0 && value % next == 0) else { return nil }
        value = sign == "*" ? value * next : value / next
      }
      return value
    }

    private mutating func primary() -> Int? {
      if rest.first == "(" {
        rest.removeFirst()
        guard let value = sum(), rest.first == ")" else { return nil }
        rest.removeFirst()
        return value
      }
      let digits = rest.prefix(while: \.isNumber)
      rest = rest.dropFirst(digits.count)
      return Int(digits)
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
