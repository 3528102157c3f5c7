/// What an answer was read as, and how it was compared: for people who ask why.
extension Answer {
  /// The kind of answer, with an article.
  var kindName: String {
    switch self {
    case .number(_, percent: true, _): "a percentage"
    case .number: "a number"
    case .quantity(let value, _): value.isNumber ? "a number with a unit" : "a formula with a unit"
    case .named: "a named value"
    case .qualified(let answer, _): answer.kindName + " with a condition"
    case .ratio: "a ratio"
    case .based: "a number in another base"
    case .congruence: "a congruence"
    case .date: "a date"
    case .time: "a time of day"
    case .tuple: "a tuple or interval"
    case .collection: "a list or set"
    case .union: "a union of intervals"
    case .matrix: "a matrix"
    case .expression(let expression, _):
      expression.symbols.isEmpty ? "a formula without variables" : "a formula"
    case .relation: "an equation or inequality"
    case .text: "words"
    }
  }

  /// The rule by which it is compared with a reference.
  func rule(against reference: Answer) -> String {
    switch (self, reference) {
    case (.text, .text): "spelling, without case and punctuation"
    case (.text, _), (_, .text): "words are never equal to something else"
    case (.number, .number): "exact values"
    case (.quantity, .quantity): "exact values after conversion of units"
    case (.quantity, _), (_, .quantity): "exact values; a unit that only one of them states does not count"
    case (.relation, .relation), (.named, .relation), (.relation, .named):
      "equal up to a factor of both sides"
    case (.named, .named): "the same names with equal values"
    case (.named, _), (_, .named): "exact values; a name that only one of them states does not count"
    case (.collection, .collection), (.union, .union): "the same members in any order"
    case (.tuple, .tuple), (.matrix, .matrix): "the same parts in the same order"
    case (.expression(let a, _), .expression(let b, _)) where !a.symbols.isEmpty || !b.symbols.isEmpty:
      "exact values at ten points"
    case (.expression, .expression), (.expression, .number), (.number, .expression): "equality that is proved"
    default: kindName == reference.kindName ? "the same value" : "kinds that are equal in some cases only"
    }
  }
}
