/// An independent reading of a worked solution: finds the equations in it and evaluates both sides exactly.
struct Equations {
  /// Every `left=right` of the text, chained equalities as one entry.
  let chains: [[Substring]]

  init(_ solution: String) {
    let working = solution.split(separator: "\n")[0]
    let clauses = working.split { $0 == "," || $0 == ":" || $0 == " " }
    chains = clauses.map { $0.hasSuffix(".") ? $0.dropLast() : $0 }
      .filter { $0.contains("=") }
      .map { $0.split(separator: "=", omittingEmptySubsequences: false) }
  }

  /// The value of the last `x=number`.
  var unknown: Int? {
    chains.last { $0.count == 2 && $0[0] == "x" && Int($0[1]) != nil }.flatMap { Int($0[1]) }
  }

  /// The chains whose members are not all equal, or that cannot be read.
  var untrue: [[Substring]] {
    chains.filter { chain in
      let values = chain.map { Self.value($0, x: unknown) }
      return values.contains(nil) || Set(values).count != 1
    }
  }

  /// Sums of signed products or quotients of numbers and `x`, where `2x` is a product.
  static func value(_ expression: Substring, x: Int?) -> Int? {
    var total = 0
    var term: [Character] = []
    for character in expression + "+" {
      if character == "+" || character == "-", !term.isEmpty {
        guard let value = product(term, x: x) else { return nil }
        total += value
        term = []
      }
      if character != "+" { term.append(character) }
    }
    return total
  }

  private static func product(_ term: [Character], x: Int?) -> Int? {
    let sign = term.first == "-" ? -1 : 1
    let text = String(term.drop { $0 == "-" })
    if let slash = text.firstIndex(of: "/") {
      guard let left = Int(text[..<slash]), let right = Int(text[text.index(after: slash)...]),
        left % right == 0
      else { return nil }
      return sign * left / right
    }
    var value = sign
    for factor in text.split(separator: "*") {
      guard factor.hasSuffix("x") else {
        guard let number = Int(factor) else { return nil }
        value *= number
        continue
      }
      guard let x, let number = factor.count == 1 ? 1 : Int(factor.dropLast()) else { return nil }
      value *= number * x
    }
    return value
  }
}
