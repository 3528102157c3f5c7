import Foundation
import PolyaKit
import Testing

@testable import Heuristics

struct CatalogueTests {
  static let entries = Catalogue.builtIn.entries

  @Test func offersSixtyFourHeuristicsAndTheControl() {
    let ids = Self.entries.map(\.heuristic.id)
    #expect(Set(ids).count == ids.count)
    #expect(ids.count >= 65 && ids.last == "plain")
    #expect(Set(Self.entries.map(\.heuristic.title)).count == ids.count)
    #expect(Set(Self.entries.map(\.heuristic.idea)).count == ids.count)
    for id in [
      "analogy", "working-backwards", "decomposing", "auxiliary-elements", "step-by-step", "bright-idea",
      "specialisation", "setting-up-equations", "plain",
    ] {
      #expect(ids.contains(id))
    }
    #expect(Catalogue.builtIn.entry("decomposing")?.heuristic.title == "Decomposing and recombining")
    #expect(Catalogue.builtIn.entry("no-such-way") == nil)
  }

  @Test(arguments: CatalogueTests.entries.map(\.heuristic.id))
  func everyEntryIsComplete(id: String) throws {
    let entry = try #require(Catalogue.builtIn.entry(id))
    #expect(
      !entry.heuristic.title.isEmpty && !entry.heuristic.family.isEmpty && !entry.heuristic.idea.isEmpty)
    #expect(entry.instruction.isEmpty == (id == "plain"))
    #expect(entry.exemplars[.mathematics]?.count == 2)
    #expect(entry.exemplars[.narrative].map { $0.count == 2 } ?? true)
    #expect(entry.exemplars.values.joined().allSatisfy { $0.heuristic == id })
  }

  /// The evaluator is written for this test and knows nothing of the catalogue.
  @Test(arguments: CatalogueTests.entries.map(\.heuristic.id))
  func everyExemplarComputesRightAndEndsInItsLastResult(id: String) throws {
    for exemplar in try #require(Catalogue.builtIn.entry(id)?.exemplars[.mathematics]) {
      let equations = ArithmeticEvaluator.equations(in: exemplar.solution)
      #expect(!equations.isEmpty)
      for equation in equations { #expect(equation.holds, "\(equation.text) in \(exemplar.solution)") }
      let lines = exemplar.solution.split(separator: "\n")
      let answer = try #require(lines.last)
      #expect(answer.hasPrefix("#### "))
      #expect(equations.contains { $0.text.hasSuffix("= \(answer.dropFirst(5))") })
    }
  }

  @Test func narrativesEndInAnAnswerAndCodeInABlock() {
    let narratives = Self.entries.compactMap { $0.exemplars[.narrative] }
    let programs = Self.entries.compactMap { $0.exemplars[.code] }
    #expect(narratives.count >= 14 && programs.count >= 14)
    for exemplar in narratives.joined() {
      #expect(exemplar.solution.split(separator: "\n").last?.hasPrefix("#### ") == true)
    }
    for exemplar in programs.joined() {
      #expect(exemplar.solution.contains("\n```python\n") && exemplar.solution.hasSuffix("\n```"))
      #expect(!exemplar.solution.contains("**Tests:**"))
    }
  }

  /// The tests stand in the catalogue, beside the programs; Python runs them.
  @Test func everyProgramPassesItsTests() throws {
    let text = String(decoding: PackageResources.catalogue_md, as: UTF8.self)
    var script = ""
    for part in text.components(separatedBy: "```python\n").dropFirst() {
      let pieces = part.components(separatedBy: "```")
      let line = try #require(pieces[1].split(separator: "\n").first { $0.hasPrefix("**Tests:** ") })
      let tests = line.split(separator: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
      #expect(tests.count >= 2)
      script += pieces[0] + tests.map { "assert \($0)\n" }.joined()
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let output = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(String(decoding: output, as: UTF8.self))")
  }

  @Test func theReadmeListsThem() throws {
    let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
      path: "../../Plugins/Heuristics/README.md")
    let text = try String(contentsOf: readme.standardizedFileURL, encoding: .utf8)
    let rows = Self.entries.map { entry in
      let domains = CatalogueEntry.Domain.allCases.filter { entry.exemplars[$0] != nil && $0 != .mathematics }
      return "| `\(entry.heuristic.id)` | \(entry.heuristic.family) | \(entry.heuristic.idea) | "
        + domains.map(\.rawValue).joined(separator: ", ") + " |"
    }
    #expect(
      text.contains(rows.joined(separator: "\n")), "the table should be:\n\(rows.joined(separator: "\n"))")
  }

  @Test func theEvaluatorSeesWrongArithmetic() {
    #expect(ArithmeticEvaluator.equations(in: "so 2 + 3 = 6 apples").map(\.holds) == [false])
    #expect(ArithmeticEvaluator.equations(in: "so 7 / 2 = 3").map(\.holds) == [false])
    #expect(
      ArithmeticEvaluator.equations(in: "2 * (3 + 4) = 14 and x = 3 * 4 = 12").map(\.holds) == [true, true])
    #expect(ArithmeticEvaluator.equations(in: "2x + 5 = 41").isEmpty)
  }
}
