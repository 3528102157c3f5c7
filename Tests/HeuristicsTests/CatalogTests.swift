import Foundation
import PolyaKit
import PolyaTestSupport
import Testing

@testable import Heuristics

struct CatalogTests {
  private let catalog: Catalog

  init() throws { catalog = try Catalog.builtIn() }

  @Test func offersSixtyFourHeuristicsAndTheControl() {
    let ids = catalog.entries.map(\.heuristic.id)
    #expect(Set(ids).count == ids.count)
    #expect(ids.count { $0 != "plain" } >= 64)
    #expect(ids.last == "plain")
    for domain in Domain.allCases {
      #expect(catalog.entries.count { $0.worked[domain] != nil } * 3 >= ids.count, "\(domain)")
    }
    #expect(Set(catalog.entries.map(\.heuristic.title)).count == ids.count)
    #expect(Set(catalog.entries.map(\.heuristic.idea)).count == ids.count)
  }

  /// Bases were trained on their prompts. FNV-1a of the whole prompt with two exemplars and instruction, and of the bare
  /// one, for the question "How many?"; computed in Python from the prompts of version 0.1, when they stood in the code.
  @Test(
    arguments: [
      ("analogy", 0x4f4d_2325_c081_f4f2, 0x53d4_0cc9_92e4_0e42),
      ("working-backwards", 0xdd73_e913_deac_e9fb, 0xcb09_be89_6cfe_81f8),
      ("decomposing", 0x2f65_0ef2_6b66_656e, 0x02a1_cbba_e0ab_4dd7),
      ("auxiliary-elements", 0xb8fb_93c7_1b8b_de6d, 0x9705_8048_42da_cbda),
      ("step-by-step", 0x533b_a715_9fa6_1f21, 0x5147_bfff_2000_9780),
      ("bright-idea", 0x613a_20f7_d615_23a9, 0xe81e_b7b9_15f5_6d1e),
      ("specialization", 0x4780_7872_4433_9591, 0x8f87_3d77_577f_107b),
      ("setting-up-equations", 0x6e9e_6b92_9fe2_91d5, 0x9e8b_7c19_67ae_1c61),
      ("plain", 0xa61b_e060_3b9f_a410, 0xd034_fcf0_8a74_91bd),
    ] as [(String, UInt64, UInt64)])
  func theFirstHeuristicsKeepTheirPrompts(id: String, whole: UInt64, bare: UInt64) throws {
    let entry = try #require(catalog.entry(id))
    let exemplars = entry.exemplars(.mathematics)
    let prompt = Prompt(entry: entry, isInstructed: true).text(question: "How many?", exemplars: exemplars)
    #expect(fnv1a(prompt) == whole)
    #expect(
      fnv1a(Prompt(entry: entry, isInstructed: false).text(question: "How many?", exemplars: [])) == bare)
  }

  private func fnv1a(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  @Test func everyEntryIsComplete() {
    for entry in catalog.entries {
      let isControl = entry.heuristic.id == "plain"
      #expect(entry.instruction.isEmpty == isControl && entry.cues.isEmpty == isControl, "\(entry.place)")
      #expect(entry.worked[.mathematics] != nil, "\(entry.place)")
      #expect(entry.worked.values.allSatisfy { $0.count == 2 }, "\(entry.place)")
    }
    let questions = catalog.entries.flatMap { $0.worked.values.flatMap { $0.map(\.question) } }
    #expect(Set(questions).count == questions.count)
  }

  /// The evaluator is written for this test and knows nothing of the catalog.
  @Test func mathematicsComputesRightAndEndsInAResult() throws {
    for entry in catalog.entries {
      for exemplar in entry.exemplars(.mathematics) {
        let equations = ArithmeticEvaluator.equations(in: exemplar.solution)
        for equation in equations where !equation.holds {
          Issue.record("\(equation.text) in \(entry.place)")
        }
        let answer = try #require(exemplar.solution.split(separator: "\n").last)
        #expect(answer.hasPrefix("#### "))
        #expect(
          equations.contains { $0.text.hasSuffix("= \(answer.dropFirst(5))") }, "\(answer) in \(entry.place)")
      }
    }
  }

  @Test func narrativesEndInAnAnswer() throws {
    for entry in catalog.entries {
      for exemplar in entry.exemplars(.narrative) {
        let lines = exemplar.solution.split(separator: "\n")
        #expect(lines.count > 1 && lines.count { $0.hasPrefix("####") } == 1)
        #expect(lines.last?.hasPrefix("#### ") == true, "\(entry.place)")
      }
    }
  }

  /// Every program of the catalog runs, and what its `Check` asserts holds.
  @Test func codeDoesWhatItsChecksSay() throws {
    var cases: [String] = []
    for entry in catalog.entries {
      for worked in entry.worked[.code, default: []] {
        #expect(worked.check.split(separator: "\n").count { $0.hasPrefix("assert ") } >= 2, "\(entry.place)")
        let parts = worked.solution.split(separator: "```", omittingEmptySubsequences: false)
        try #require(parts.count == 3 && parts[1].hasPrefix("python\n"), "\(entry.place)")
        let program = parts[1].dropFirst("python\n".count) + "\n" + worked.check
        cases.append("(\(JSON.quoted(entry.heuristic.id)), \(JSON.quoted(String(program))))")
      }
    }
    let script = """
      for name, program in [\(cases.joined(separator: ",\n"))]:
          try:
              exec(program, {"__name__": "exemplar"})
          except BaseException as error:
              print(name, repr(error), program)
      """
    let result = try Command.run("/usr/bin/env", ["python3", "-"], input: script)
    #expect(result.status == 0 && result.output.isEmpty, "\(result.output)\(result.errors)")
    #expect(!cases.isEmpty)
  }

  @Test func theEvaluatorSeesWrongArithmetic() {
    #expect(ArithmeticEvaluator.equations(in: "so 2 + 3 = 6 apples").map(\.holds) == [false])
    #expect(ArithmeticEvaluator.equations(in: "so 7 / 2 = 3").map(\.holds) == [false])
    #expect(
      ArithmeticEvaluator.equations(in: "2 * (3 + 4) = 14 and x = 3 * 4 = 12").map(\.holds) == [true, true])
    #expect(ArithmeticEvaluator.equations(in: "2x + 5 = 41").isEmpty)
  }

  /// The table in the README is this one; when the catalog changes, copy it from the message.
  @Test func theReadmeListsTheCatalog() throws {
    var table = "| id | family | idea | code | narrative |\n|---|---|---|---|---|\n"
    for entry in catalog.entries {
      let (code, narrative) = (entry.worked[.code] != nil, entry.worked[.narrative] != nil)
      table += "| `\(entry.heuristic.id)` | \(entry.heuristic.family) | \(entry.heuristic.idea) "
      table += "| \(code ? "yes" : "") | \(narrative ? "yes" : "") |\n"
    }
    let path = Repository.root.appending(path: "Plugins/Heuristics/README.md").path
    let readme = try CatalogFile(path: path).lines.map(\.text).joined(separator: "\n")
    #expect(readme.contains(table), "the table should be\n\(table)")
  }
}
