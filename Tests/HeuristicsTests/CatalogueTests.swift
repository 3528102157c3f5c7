import Heuristics
import PolyaKit
import Testing

struct CatalogueTests {
  @Test func offersAtLeastTheNamedHeuristicsAndTheControl() {
    let ids = Catalogue.entries.map(\.heuristic.id)
    #expect(Set(ids).count == ids.count)
    for id in [
      "analogy", "working-backwards", "decomposing", "auxiliary-elements", "step-by-step", "bright-idea",
      "specialisation", "setting-up-equations", "plain",
    ] {
      #expect(ids.contains(id))
    }
    #expect(Catalogue.entry("decomposing")?.heuristic.title == "Decomposing and recombining")
    #expect(Catalogue.entry("no-such-way") == nil)
  }

  @Test(arguments: Catalogue.entries.map(\.heuristic.id))
  func everyEntryIsComplete(id: String) throws {
    let entry = try #require(Catalogue.entry(id))
    #expect(
      !entry.heuristic.title.isEmpty && !entry.heuristic.family.isEmpty && !entry.heuristic.idea.isEmpty)
    #expect(entry.instruction.isEmpty == (id == "plain"))
    #expect(entry.exemplars.count == 2)
    #expect(entry.exemplars.allSatisfy { $0.heuristic == id })
  }

  /// The evaluator is written for this test and knows nothing of the catalogue.
  @Test(arguments: Catalogue.entries.map(\.heuristic.id))
  func everyExemplarComputesRightAndEndsInItsLastResult(id: String) throws {
    for exemplar in try #require(Catalogue.entry(id)).exemplars {
      let equations = ArithmeticEvaluator.equations(in: exemplar.solution)
      #expect(!equations.isEmpty)
      for equation in equations { #expect(equation.holds, "\(equation.text) in \(exemplar.solution)") }
      let lines = exemplar.solution.split(separator: "\n")
      let answer = try #require(lines.last)
      #expect(answer.hasPrefix("#### "))
      #expect(equations.contains { $0.text.hasSuffix("= \(answer.dropFirst(5))") })
    }
  }

  @Test func theEvaluatorSeesWrongArithmetic() {
    #expect(ArithmeticEvaluator.equations(in: "so 2 + 3 = 6 apples").map(\.holds) == [false])
    #expect(ArithmeticEvaluator.equations(in: "so 7 / 2 = 3").map(\.holds) == [false])
    #expect(
      ArithmeticEvaluator.equations(in: "2 * (3 + 4) = 14 and x = 3 * 4 = 12").map(\.holds) == [true, true])
    #expect(ArithmeticEvaluator.equations(in: "2x + 5 = 41").isEmpty)
  }
}
