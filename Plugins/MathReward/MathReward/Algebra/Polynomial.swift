/// A sum of products of atoms with exact coefficients. Roots of primes reduce themselves: their powers come out.
struct Polynomial: Equatable, Sendable {
  /// Atoms in order, with positive exponents.
  private typealias Monomial = [Power]

  private struct Power: Hashable, Comparable {
    var atom: String
    var exponent: Int
    /// Of a root of a prime: the prime and the degree.
    var radicand: Int128 = 0
    var degree = 0

    static func < (a: Power, b: Power) -> Bool { (a.atom, a.exponent) < (b.atom, b.exponent) }
  }

  private var terms: [Monomial: Fraction]

  private static let mostTerms = 200

  static let zero = Polynomial(.zero)
  static let one = Polynomial(.one)

  init(_ constant: Fraction) { terms = constant.isZero ? [:] : [[]: constant] }

  init(atom: String) { terms = [[Power(atom: atom, exponent: 1)]: .one] }

  /// sqrt[d](p/q) = sqrt[d](p q^(d-1)) / q, with the powers of small primes taken out. Negative only for odd degrees.
  init(root value: Fraction, degree: Int, _ budget: AlgebraBudget) throws(AlgebraLimit) {
    guard !value.isZero else {
      self = .zero
      return
    }
    var radicand = try Fraction(Int128(value.numerator.magnitude), over: 1)
    for _ in 1..<degree { radicand = try radicand * Fraction(value.denominator, over: 1) }
    var rest = radicand.numerator
    var outside: Int128 = value.numerator < 0 ? -1 : 1
    var roots: Monomial = []
    func take(_ prime: Int128, _ count: Int) {
      for _ in 0..<count / degree { outside *= prime }
      guard count % degree > 0 else { return }
      roots.append(
        Power(atom: "root\(degree)(\(prime))", exponent: count % degree, radicand: prime, degree: degree))
    }
    var prime: Int128 = 2
    while prime * prime <= rest, prime < 2_000 {
      var count = 0
      while rest % prime == 0 {
        rest /= prime
        count += 1
      }
      take(prime, count)
      prime += prime == 2 ? 1 : 2
    }
    try budget.spend(Int(prime) / 20)
    if rest > 1 { take(rest, 1) }
    terms = [roots.sorted(): try Fraction(outside, over: value.denominator)]
  }

  var isZero: Bool { terms.isEmpty }

  var constant: Fraction? {
    if terms.isEmpty { return .zero }
    return terms.count == 1 ? terms[[]] : nil
  }

  func adding(_ other: Polynomial) throws(AlgebraLimit) -> Polynomial {
    var sum = self
    for (monomial, coefficient) in other.terms { try sum.add(coefficient, monomial) }
    return sum
  }

  func multiplied(by other: Polynomial, _ budget: AlgebraBudget) throws(AlgebraLimit) -> Polynomial {
    if self == .one { return other }
    if other == .one { return self }
    try budget.spend(terms.count * other.terms.count)
    var product = Polynomial.zero
    for (left, a) in terms {
      for (right, b) in other.terms {
        let (monomial, factor) = try Self.product(left, right)
        try product.add(try a * b * factor, monomial)
      }
    }
    return product
  }

  private mutating func add(_ coefficient: Fraction, _ monomial: Monomial) throws(AlgebraLimit) {
    guard !coefficient.isZero else { return }
    let sum = try (terms[monomial] ?? .zero) + coefficient
    terms[monomial] = sum.isZero ? nil : sum
    guard terms.count <= Self.mostTerms else { throw .tooLarge }
  }

  private static func product(_ a: Monomial, _ b: Monomial) throws(AlgebraLimit) -> (Monomial, Fraction) {
    var merged = a
    var factor = Fraction.one
    for power in b {
      if let place = merged.firstIndex(where: { $0.atom == power.atom }) {
        merged[place].exponent += power.exponent
      } else {
        merged.append(power)
      }
    }
    for index in merged.indices where merged[index].degree > 0 {
      while merged[index].exponent >= merged[index].degree {
        merged[index].exponent -= merged[index].degree
        factor = try factor * Fraction(merged[index].radicand, over: 1)
      }
    }
    merged.removeAll { $0.exponent == 0 }
    guard merged.count <= 24, merged.allSatisfy({ $0.exponent <= 256 }) else { throw .tooLarge }
    return (merged.sorted(), factor)
  }

  /// Longest spelling of an atom in bytes: one that holds a power of a sum that holds another would grow by a factor for
  /// each of them.
  private static let longestSpelling = 4_000

  /// The same for the same polynomial.
  func spelled() throws(AlgebraLimit) -> String {
    let bytes = terms.keys.reduce(0) { $1.reduce($0 + 1) { $0 + $1.atom.utf8.count + 2 } }
    guard bytes <= Self.longestSpelling else { throw .tooLarge }
    return terms.map { monomial, coefficient in
      ([
        coefficient.denominator == 1
          ? "\(coefficient.numerator)" : "\(coefficient.numerator)/\(coefficient.denominator)"
      ]
        + monomial.map { "\($0.atom)^\($0.exponent)" }).joined(separator: "*")
    }.sorted().joined(separator: "+")
  }
}
