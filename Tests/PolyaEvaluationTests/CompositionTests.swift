import PolyaEvaluation
import Testing

struct CompositionTests {
  @Test func oneHeuristicTwiceIsNoComposition() {
    var composition = Composition()
    for parts in [[], ["a"], ["a", "a"], ["a", "b", "a"], ["c", "b", "a"]] { composition.add(parts) }
    #expect(composition.answers == 5)
    #expect(composition.labeled == 4)
    #expect(composition.composed == 2)
    #expect(composition.mean == 7.0 / 5)
  }
}
