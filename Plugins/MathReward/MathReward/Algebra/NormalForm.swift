/// A quotient of polynomials over atoms: variables, constants, roots of primes, and what has no normal form of its own.
///
/// Two expressions are equal when the cross products of their forms are the same polynomial. The reverse does not hold
/// (sin^2 + cos^2 is not 1 here): that is what numbers are tried for.
struct NormalForm {
  private let numerator: Polynomial
  private let denominator: Polynomial
  private let budget: AlgebraBudget

  private init(_ numerator: Polynomial, _ denominator: Polynomial = .one, _ budget: AlgebraBudget) {
    self.numerator = numerator
    self.denominator = denominator
    self.budget = budget
  }

  /// - Parameter budget: shared by all forms of one comparison.
  init(_ expression: Expression, _ budget: AlgebraBudget) throws(AlgebraLimit) {
    try budget.spend(1)
    switch expression {
    case .number(let exact, _):
      guard let exact else { throw .tooLarge }
      self.init(Polynomial(exact), .one, budget)
    case .pi: self.init(Polynomial(atom: "\\pi"), .one, budget)
    case .euler: self.init(Polynomial(atom: "\\e"), .one, budget)
    case .infinity: self.init(Polynomial(atom: "\\infty"), .one, budget)
    case .symbol(let name): self.init(Polynomial(atom: name), .one, budget)
    case .sum(let parts):
      var sum = NormalForm(.zero, .one, budget)
      for part in parts { sum = try sum.adding(NormalForm(part, budget)) }
      self = sum
    case .product(let parts):
      var product = NormalForm(.one, .one, budget)
      for part in parts { product = try product.multiplied(by: NormalForm(part, budget)) }
      self = product
    case .power(let base, let exponent):
      self = try Self.power(NormalForm(base, budget), NormalForm(exponent, budget))
    case .call(let function, let parts): self = try Self.call(function, Self.forms(parts, budget), budget)
    case .opaque(let name, let parts):
      self.init(Polynomial(atom: try Self.spelled(name, Self.forms(parts, budget))), .one, budget)
    }
  }

  /// The number that it is, if it is one.
  var constant: Fraction? {
    guard let upper = numerator.constant, let lower = denominator.constant, !lower.isZero else { return nil }
    do throws(AlgebraLimit) { return try upper * lower.inverted() } catch { return nil }
  }

  static func areEqual(_ a: NormalForm, _ b: NormalForm) throws(AlgebraLimit) -> Bool {
    try a.numerator.multiplied(by: b.denominator, a.budget)
      == b.numerator.multiplied(by: a.denominator, a.budget)
  }

  private static func forms(_ parts: [Expression], _ budget: AlgebraBudget) throws(AlgebraLimit)
    -> [NormalForm]
  {
    var forms: [NormalForm] = []
    for part in parts { forms.append(try NormalForm(part, budget)) }
    return forms
  }

  private func adding(_ other: NormalForm) throws(AlgebraLimit) -> NormalForm {
    if denominator == other.denominator {
      return NormalForm(try numerator.adding(other.numerator), denominator, budget)
    }
    let left = try numerator.multiplied(by: other.denominator, budget)
    let right = try other.numerator.multiplied(by: denominator, budget)
    return NormalForm(
      try left.adding(right), try denominator.multiplied(by: other.denominator, budget), budget)
  }

  private func multiplied(by other: NormalForm) throws(AlgebraLimit) -> NormalForm {
    NormalForm(
      try numerator.multiplied(by: other.numerator, budget),
      try denominator.multiplied(by: other.denominator, budget), budget)
  }

  private func power(_ exponent: Int) throws(AlgebraLimit) -> NormalForm {
    guard exponent.magnitude <= 64, exponent > 0 || !numerator.isZero else { throw .tooLarge }
    var result = NormalForm(.one, .one, budget)
    let base = exponent < 0 ? NormalForm(denominator, numerator, budget) : self
    for _ in 0..<exponent.magnitude { result = try result.multiplied(by: base) }
    return result
  }

  private static func power(_ base: NormalForm, _ exponent: NormalForm) throws(AlgebraLimit) -> NormalForm {
    func atom(_ name: String) -> NormalForm { NormalForm(Polynomial(atom: name), .one, base.budget) }
    guard let number = exponent.constant else {
      return atom("(\(try base.spelled()))^(\(try exponent.spelled()))")
    }
    if let whole = number.integer {
      // Large powers of numbers are numbers; those of polynomials are too long to write out.
      guard let constant = base.constant else { return try base.power(whole) }
      return NormalForm(Polynomial(try constant.power(whole)), .one, base.budget)
    }
    guard let degree = Int(exactly: number.denominator), let times = Int(exactly: number.numerator),
      degree <= 64
    else { throw .tooLarge }
    guard let constant = base.constant else {
      return try atom("root\(degree)(\(base.spelled()))").power(times)
    }
    guard constant.numerator >= 0 || degree % 2 == 1 else {
      return try atom("root\(degree)(\(constant.numerator)/\(constant.denominator))").power(times)
    }
    let root = try Polynomial(root: constant, degree: degree, base.budget)
    return try NormalForm(root, .one, base.budget).power(times)
  }

  private static func call(
    _ function: Expression.Function, _ parts: [NormalForm], _ budget: AlgebraBudget
  ) throws(AlgebraLimit) -> NormalForm {
    let constants = parts.compactMap(\.constant)
    if constants.count == parts.count, let value = try exact(function, constants) {
      return NormalForm(Polynomial(value), .one, budget)
    }
    return NormalForm(Polynomial(atom: try spelled(function.rawValue, parts)), .one, budget)
  }

  /// Values of numbers, where they are numbers.
  private static func exact(_ function: Expression.Function, _ x: [Fraction]) throws(AlgebraLimit)
    -> Fraction?
  {
    switch function {
    case .gcd, .lcm:
      var result = x[0]
      for next in x.dropFirst() {
        let divisor = try Fraction.commonDivisor(result, next)
        result = function == .gcd ? divisor : try result * next * divisor.inverted()
      }
      return result.numerator < 0 ? try result.negated() : result
    case .mod: return x.count == 2 ? try x[0].modulo(x[1]) : nil
    case .abs: return x[0].numerator < 0 ? try x[0].negated() : x[0]
    case .factorial, .binom, .floor, .ceil:
      let value = Evaluation.apply(function, x.map(\.double))
      guard value == value.rounded(), abs(value) < 9e15 else { return nil }
      return Fraction(Int(value))
    default: return nil
    }
  }

  private static func spelled(_ name: String, _ parts: [NormalForm]) throws(AlgebraLimit) -> String {
    var inside: [String] = []
    for part in parts { inside.append(try part.spelled()) }
    return "\(name)(\(inside.joined(separator: ",")))"
  }

  /// The same for the same form.
  private func spelled() throws(AlgebraLimit) -> String {
    let upper = try numerator.spelled()
    let spelled = denominator == .one ? upper : "(\(upper))/(\(try denominator.spelled()))"
    try budget.spend(spelled.utf8.count / 100)
    return spelled
  }
}
