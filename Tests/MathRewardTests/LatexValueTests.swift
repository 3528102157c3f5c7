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
      let value = ExpressionParser.read(surface[...]).map { Evaluation.value($0) { _ in 1.25 } } ?? .nan
      if !(abs(value - expected) <= 1e-9 * max(abs(expected), abs(value))) {
        missed.append("\(latex): \(value), not \(expected)")
      }
    }
    #expect(
      Double(rows.count - missed.count) >= 0.95 * Double(rows.count), "\(missed.joined(separator: "\n"))")
  }
}
