import PolyaKit
import Testing

@testable import Heuristics

struct CueSegmenterTests {
  private let catalog: Catalog
  private let segmenter: CueSegmenter

  init() throws {
    catalog = try Catalog.builtIn()
    segmenter = CueSegmenter(catalog)
  }

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

  @Test func theFirstCueLabelsAndTheLongerOneWhereTwoBeginTogether() {
    #expect(spans("An auxiliary line helps.") == ["auxiliary-elements|An auxiliary line helps."])
    #expect(spans("An auxiliary problem helps.") == ["auxiliary-problem|An auxiliary problem helps."])
    #expect(spans("By symmetry, work backwards.") == ["symmetry|By symmetry, work backwards."])
    #expect(spans("Work backwards by symmetry.") == ["working-backwards|Work backwards by symmetry."])
  }

  /// Each approach but the control shows itself in its own mathematics, and no other does in any exemplar. The bright idea
  /// does not: its exemplars say "notice that", which in most solutions means no more than "note".
  @Test func findsTheCatalogInItsOwnExemplars() {
    for entry in catalog.entries {
      let id = entry.heuristic.id
      for (domain, worked) in entry.worked {
        for solution in worked.map(\.solution) {
          let labels = Set(segmenter.segments(of: solution).map(\.label))
          #expect(labels.isSubset(of: [id]), "\(entry.place): \(labels)")
          if domain == .mathematics {
            #expect(labels.isEmpty == ["plain", "bright-idea"].contains(id), "\(entry.place)")
          }
        }
      }
    }
  }
}
