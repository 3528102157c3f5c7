import PolyaKit
import Testing

@testable import Heuristics

struct CueSegmenterTests {
  private func spans(_ answer: String) -> [String] {
    CueSegmenter.segments(of: answer).map { segment in
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
  @Test(arguments: Catalogue.entries.map(\.heuristic.id))
  func findsTheCatalogueInItsOwnExemplars(id: String) throws {
    for exemplar in try #require(Catalogue.entry(id)).exemplars {
      let labels = Set(CueSegmenter.segments(of: exemplar.solution).map(\.label))
      #expect(labels == (id == "plain" ? [] : [id]))
    }
  }

  @Test func everyCueNamesAHeuristic() {
    for (label, phrases) in CueSegmenter.cues {
      #expect(Catalogue.entry(label) != nil)
      #expect(phrases.allSatisfy { $0 == $0.lowercased() })
    }
  }
}
