import Testing

@testable import MathReward

/// Equalities that hold by theorems, and neighbors that no double tells apart.
struct ExactArithmeticTests {
  private func expression(_ latex: String) throws -> Expression {
    try #require(ExpressionParser.read(MathSurface.normalize(Array(latex.utf8)[...])[...]), "\(latex)")
  }

  @Test(arguments: [
    ("\\sqrt{5+2\\sqrt6}", "\\sqrt2+\\sqrt3"),
    ("\\cos\\frac{2\\pi}{7}+\\cos\\frac{4\\pi}{7}+\\cos\\frac{6\\pi}{7}", "-\\frac12"),
    ("\\log 8", "3\\log 2"), ("\\log_4 8", "\\frac32"), ("\\arctan\\frac12+\\arctan\\frac13", "\\frac\\pi4"),
    ("\\sqrt[3]{16}", "2\\sqrt[3]2"), ("\\sqrt[3]{-8}", "-2"), ("e^{i\\pi}", "-1"), ("(1+i)^2", "2i"),
    ("\\sqrt{-4}", "2i"),
    ("\\frac{50!}{49!}", "50"), ("\\binom{50}{25}", "126410606437752"),
    ("(1+\\sqrt2)^{64}(\\sqrt2-1)^{64}", "1"),
    ("\\sum_{k=1}^{100} k", "5050"), ("\\prod_{i=1}^{5} i", "120"), ("\\sum_{i=0}^{3} 2^i", "15"),
    ("\\sqrt{2+\\sqrt{2+\\sqrt2}}", "2\\cos\\frac{\\pi}{16}"), ("\\sin^2 3+\\cos^2 3", "1"),
    ("\\sqrt[3]{2+\\sqrt5}+\\sqrt[3]{2-\\sqrt5}", "1"), ("0.1+0.2", "0.3"), ("7 \\bmod 3", "1"),
  ])
  func closedExpressionsAreProvedToBeEqual(_ a: String, _ b: String) throws {
    #expect(try ExpressionComparison.areEqual(expression(a), expression(b)) == true)
  }

  @Test(arguments: [
    ("1-\\frac{1}{2^{200}}", "1-\\frac{1}{2^{199}}"), ("\\sqrt{10^{24}+1}", "10^{12}"),
    ("e^{\\pi\\sqrt{163}}", "262537412640768744"),
    ("3^{200}+1", "3^{200}+2"), ("51!", "50!"), ("2^{1000}", "2^{1000}+1"),
    ("\\frac{1}{3^{120}}", "\\frac{1}{3^{119}}"),
    ("\\sqrt2+\\sqrt3", "\\frac{31462643699419723423}{10^{19}}"), ("e^\\pi-\\pi", "20"),
    ("\\sqrt[3]{-8}", "2"),
  ])
  func closedExpressionsAreProvedToDiffer(_ a: String, _ b: String) throws {
    #expect(try ExpressionComparison.areEqual(expression(a), expression(b)) == false)
  }

  @Test(arguments: [
    ("\\frac{n!}{(n-1)!}", "n"), ("\\binom n2", "\\frac{n(n-1)}{2}"), ("(-1)^{n+1}", "-(-1)^n"),
    ("\\sum_{k=1}^n k", "\\frac{n(n+1)}2"),
    ("10^{10}+x", "x+10^{10}"), ("\\sin 2x", "2\\sin x\\cos x"), ("\\sec^2 x", "1+\\tan^2 x"),
    ("\\sqrt{x^2}", "|x|"),
    ("\\ln x^2", "2\\ln x"), ("\\frac{x^3-1}{x-1}", "x^2+x+1"), ("2^{x+1}", "2\\cdot 2^x"),
    ("x(y-2)", "xy-2x"),
    ("\\sqrt{x}\\sqrt{y}", "\\sqrt{xy}"), ("\\cosh^2 x-\\sinh^2 x", "1"),
  ])
  func formulasAreEqualWhereverBothHaveValues(_ a: String, _ b: String) throws {
    #expect(try ExpressionComparison.areEqual(expression(a), expression(b)) == true)
  }

  @Test(arguments: [
    ("10^{10}+x", "10^{10}-x"), ("\\sqrt{x^2}", "x"), ("n!", "(n+1)!"), ("\\sin \\pi x", "0"),
    ("(-1)^n", "1"), ("x^{-1}", "-x"),
    ("x+10^{-30}", "x"), ("\\sum_{k=1}^n k", "\\frac{n(n-1)}2"), ("f(x)", "f(y)"),
  ])
  func formulasThatDifferAnywhereAreDifferent(_ a: String, _ b: String) throws {
    #expect(try ExpressionComparison.areEqual(expression(a), expression(b)) == false)
  }

  /// Neither may be guessed.
  @Test(arguments: [("10^{10^{10}}", "3"), ("2^{2^{100}}", "2^{2^{100}}+1"), ("10^6!", "10^6!+1")])
  func whatIsTooLargeIsNotDecided(_ a: String, _ b: String) throws {
    #expect(try ExpressionComparison.areEqual(expression(a), expression(b)) == nil)
  }
}
