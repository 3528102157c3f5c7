import Foundation
import Testing

@testable import MathReward

/// Values that SymPy gives for LaTeX, from the tests of latex2sympy2_extended.
struct LatexValueTests {
  @Test(SharedData.isPresent)
  func numericRowsHaveTheirValues() throws {
    let rows = try SharedData.rows("grading/latex_parse.jsonl").filter { $0["numeric"] is NSNumber }
    #expect(rows.count == 253)
    var missed: [String] = []
    for row in rows {
      let latex = try #require(row["latex"] as? String)
      let expected = try #require(row["numeric"] as? NSNumber).doubleValue
      let surface = MathSurface.normalize(Array(latex.utf8)[...])
      // Symbols that cancel have any value.
      let arithmetic = ExactArithmetic()
      let parsed = ExpressionParser.read(surface[...])
      var symbols: [String: ExactArithmetic.Number] = [:]
      for (name, prime) in zip(["x", "y", "z"], [29, 31, 37]) { symbols[name] = arithmetic.integer(prime) }
      let evaluation = ExactEvaluation(
        arithmetic, at: parsed?.symbols.isEmpty == true ? nil : 4, symbols: symbols)
      let value = parsed.flatMap(evaluation.value).map(arithmetic.double) ?? .nan
      if !(abs(value - expected) <= 1e-9 * max(abs(expected), abs(value))) {
        missed.append("\(latex): \(value), not \(expected)")
      }
    }
    // An integral, SymPy's I, a product of a number with a mixed number, and two remainders whose labels are noise of doubles.
    #expect(missed.count == 5, "\(missed.joined(separator: "\n"))")
  }
}
