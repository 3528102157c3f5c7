import PolyaKit
import Testing

@testable import Heuristics

struct CueSegmenterTests {
  private let segmenter = CueSegmenter(Catalogue.builtIn.entries)

  private func spans(_ answer: String) -> [String] {
    segmenter.segments(of: answer).map { segment in
      segment.label + "|" + String(decoding: Array(answer.utf8)[segment.bytes], as: UTF8.self)
    }
  }

  @Test func labelsOnlySentencesWithAClearCue() {
    #expect(
      spans("Let x be é. The equation is x + 1 = 3.\nThen x = 2. Work backwards to check! Fine\n#### 2") == [
        "setting-up-equations|Let x be é. The equation is x + 1 = 3.",
        "working-backwards|Work backwards to check!",
      ])
    #expect(spans("She has 3 apples and 4 pears.\n#### 7").isEmpty)
    #expect(spans("").isEmpty)
  }

  @Test func wantsWholeWords() {
    #expect(spans("An outlet x-ray. Footstep 1 was first. Undone.").isEmpty)
    #expect(spans("STEP 1: go") == ["step-by-step|STEP 1: go"])
    #expect(spans("Step 12: go") == ["step-by-step|Step 12: go"])
  }

  /// Each approach but the control shows itself in its own exemplars, and no other does.
  @Test(arguments: CatalogueTests.entries.map(\.heuristic.id))
  func findsTheCatalogueInItsOwnExemplars(id: String) throws {
    var found: Set<String> = []
    for exemplar in try #require(Catalogue.builtIn.entry(id)).exemplars.values.joined() {
      found.formUnion(segmenter.segments(of: exemplar.solution).map(\.label))
    }
    #expect(found == (id == "plain" ? [] : [id]))
  }

  @Test func cuesAreLowercase() {
    #expect(Catalogue.builtIn.entries.flatMap(\.cues).allSatisfy { $0 == $0.lowercased() && !$0.isEmpty })
  }

  /// Sentences that others might write, without any approach: few may be labelled.
  @Test func plainSentencesGetNoLabel() {
    let sentences = [
      "He has at least 5 apples.", "The bar costs 3 dollars.", "About 40 people came.",
      "Therefore 3 + 4 = 7.",
      "The table is 2 m long.", "There are two ways home.", "She ran from above the hill.",
      "The whole cake is gone.",
      "In all there are 9.", "The first row holds 8 seats.", "It is about time.", "The price per unit is 4.",
      "He checks the tyres.", "At most 10 fit in.", "The scale shows 3 kg.", "Hence he pays 12.",
      "One of them left.",
      "The answer is 15.", "Each box has 6.", "So the total is 20.",
    ]
    #expect(sentences.filter { !segmenter.segments(of: $0).isEmpty }.count <= 2)
  }
}
