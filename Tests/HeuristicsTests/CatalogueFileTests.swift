import Foundation
import PolyaKit
import Testing

@testable import Heuristics

struct CatalogueFileTests {
  private static let good = """
    # Mine

    ## flip — Flipping
    - family: own
    - idea: Turn it over.
    - instruction: Turn the problem over.
    - cues: turn it over; upside down

    ### narrative

    **Q:** Who?

    **A:** Turn it over: nobody.
    #### nobody

    ## plain — Bare
    - family: own
    - idea: Nothing.

    ### mathematics

    **Q:** 1 + 1?
    **A:** 1 + 1 = 2
    #### 2
    """

  @Test func readsWhatTheReadmeSays() throws {
    let entries = try CatalogueFile.entries(Array(Self.good.utf8), name: "mine.md")
    #expect(
      entries.map(\.heuristic) == [
        Heuristic(id: "flip", family: "own", title: "Flipping", idea: "Turn it over."),
        Heuristic(id: "plain", family: "own", title: "Bare", idea: "Nothing."),
      ])
    #expect(
      entries[0].cues == ["turn it over", "upside down"] && entries[0].instruction == "Turn the problem over."
    )
    #expect(entries[0].exemplars[.narrative]?.map(\.solution) == ["Turn it over: nobody.\n#### nobody"])
    #expect(entries[1].exemplars[.mathematics]?.map(\.question) == ["1 + 1?"])
  }

  @Test(arguments: [
    ("## flip — Flipping", "## flip Flipping", "line 3: a heading '## id — Title' is wanted"),
    ("## flip —", "## Flip —", "line 3: the id 'Flip'"),
    ("- idea: Turn it over.\n", "", "needs '- family: …'"),
    ("- cues:", "- clues:", "line 7: there is no 'clues'; known are family, idea, instruction, cues"),
    (
      "### narrative", "### poetry",
      "line 9: there is no domain 'poetry'; known are mathematics, code, narrative"
    ),
    ("**A:** Turn", "Turn", "line 13: '**A:** …' is wanted"),
    ("## plain", "## flip", "line 16: 'flip' is described twice"),
    (
      "- family: own\n- idea: Nothing", "- family: own\n- family: own\n- idea: Nothing",
      "line 18: 'family' stands twice"
    ),
  ])
  func everyMistakeHasItsLine(_ what: String, _ by: String, _ message: String) throws {
    let text = Self.good.replacing(what, with: by, maxReplacements: 1)
    let error = #expect(throws: Failure.self) { try CatalogueFile.entries(Array(text.utf8), name: "mine.md") }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func aFileExtendsTheCatalogue() throws {
    let path = FileManager.default.temporaryDirectory.appending(
      path: "polya-catalogue-\(UUID().uuidString).md"
    ).path
    try Self.good.write(toFile: path, atomically: true, encoding: .utf8)
    defer { unlink(path) }
    func strategy(_ only: [String]?, _ domain: String) throws -> HeuristicsStrategy {
      try HeuristicsStrategy(
        options: OptionValues([
          "only": only.map { .list($0.map(OptionValues.Value.text)) } ?? .absent, "shots": .integer(1),
          "instruct": .bool(true), "max-tokens": .integer(0), "domain": .text(domain),
          "catalogue": .text(path),
        ]))
    }
    #expect(try strategy(["flip"], "narrative").heuristics.map(\.title) == ["Flipping"])
    #expect(try strategy(nil, "narrative").heuristics.last?.id == "flip")
    #expect(try !strategy(nil, "mathematics").heuristics.map(\.id).contains("flip"))
    #expect(try strategy(["plain"], "mathematics").heuristics.map(\.title) == ["Bare"])
    let error = #expect(throws: Failure.self) { try strategy(["flip"], "mathematics") }
    #expect(error?.message.contains("\"flip\" has no exemplar for mathematics") == true)
    let near = #expect(throws: Failure.self) { try strategy(["working-backward"], "mathematics") }
    #expect(near?.message.contains("did you mean \"working-backwards\"?") == true)
  }
}
