import PolyaCore
import Testing

struct UnscoredSharesTests {
  /// A kind of which nothing is judged, among ten times as many rows of another.
  @Test func oneKindDoesNotHideBehindAnother() {
    var shares = UnscoredShares()
    shares.add("math", unscored: 3, of: 400)
    #expect(shares.excess(over: 0.1) == nil)
    for _ in 0..<19 { shares.add("unit-tests", unscored: 1) }
    #expect(shares.excess(over: 0.1) == nil)
    shares.add("unit-tests", unscored: 1)
    let found = shares.excess(over: 0.1)
    #expect(found?.kind == "unit-tests" && found?.unscored == 20 && found?.all == 20)
    #expect(shares.excess(over: 1) == nil)
  }

  /// Of one kind alone, the limit is that of the whole stage.
  @Test func oneKindAloneIsTheStage() {
    var shares = UnscoredShares()
    shares.add("math", unscored: 50, of: 50)
    #expect(shares.excess(over: 0.1) == nil)
  }
}
