/// Whether two expressions are the same: by exact normal form, and where that does not decide, by their values at some
/// points, which are the same in every run.
enum ExpressionComparison {
  /// nil: they agree as far as numbers tell, but one is too large to compare exactly.
  static func areEqual(_ a: Expression, _ b: Expression) -> Bool? {
    if a == b { return true }
    guard a.size + b.size <= 800 else { return nil }
    let exact = exactly(a, b)
    if exact == true { return true }
    let symbols = a.symbols.union(b.symbols)
    guard symbols.isEmpty else { return agree(a, b) }
    if exact == false, constant(a) != nil, constant(b) != nil { return false }
    let (x, y) = (Evaluation.value(a), Evaluation.value(b))
    guard x.isFinite, y.isFinite, isClose(x, y, 1e-11) else { return false }
    // Large numbers that agree in the digits that a double has.
    return abs(x) > 1e12 ? nil : true
  }

  /// The number that a closed expression is, exactly.
  static func constant(_ expression: Expression, _ budget: AlgebraBudget = AlgebraBudget()) -> Fraction? {
    do throws(AlgebraLimit) { return try NormalForm(expression, budget).constant } catch {
      return nil
    }
  }

  private static func exactly(_ a: Expression, _ b: Expression) -> Bool? {
    let budget = AlgebraBudget()
    do throws(AlgebraLimit) {
      return try NormalForm.areEqual(NormalForm(a, budget), NormalForm(b, budget))
    } catch { return nil }
  }

  static func isClose(_ x: Double, _ y: Double, _ tolerance: Double) -> Bool {
    abs(x - y) <= tolerance * max(abs(x), abs(y), 1e-300) || x == y
  }

  /// Equal wherever both have a value; that must be at some points.
  private static func agree(_ a: Expression, _ b: Expression) -> Bool {
    var met = 0
    for trial in 0..<trials {
      let (x, y) = (value(a, trial), value(b, trial))
      guard x.isFinite, y.isFinite else { continue }
      guard isClose(x, y, 1e-9) else { return false }
      met += 1
    }
    return met >= 4
  }

  private static let trials = 12

  static func value(_ expression: Expression, _ trial: Int) -> Double {
    Evaluation.value(expression) { point($0, trial) }
  }

  /// Positive in the first half of the trials, of any sign in the second.
  private static func point(_ symbol: String, _ trial: Int) -> Double {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 &+ UInt64(trial) &* 0x9E37_79B9_7F4A_7C15
    for byte in symbol.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash = (hash ^ (hash >> 29)) &* 0xBF58_476D_1CE4_E5B9
    let share = Double((hash ^ (hash >> 32)) >> 11) / Double(1 << 53)
    return trial < trials / 2 ? 0.3 + 2.4 * share : 6 * share - 3
  }

  /// Whether a is a constant multiple of b, and whether the factor is positive; nil: it is none.
  static func isPositiveMultiple(_ a: Expression, _ b: Expression) -> Bool? {
    var factor: Double?
    var met = 0
    for trial in 0..<trials {
      let (x, y) = (value(a, trial), value(b, trial))
      guard x.isFinite, y.isFinite, abs(y) > 1e-9 else { continue }
      guard isClose(factor ?? x / y, x / y, 1e-8) else { return nil }
      factor = factor ?? x / y
      met += 1
    }
    guard let factor, met >= 4, abs(factor) > 1e-9 else { return nil }
    return factor > 0
  }
}
