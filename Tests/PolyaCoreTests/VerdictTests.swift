import PolyaCore
import Testing

struct VerdictTests {
  /// Above the middle of the range is right, whatever the range; the middle itself is not.
  @Test(arguments: [
    (0.0...1.0, 0.5, Outcome.wrong), (0.0...1.0, 0.5.nextUp, .right), (0.0...1.0, 1, .right),
    (-1.0...1.0, 0, .wrong), (-1.0...1.0, 0.25, .right), (-1.0...1.0, -0.25, .wrong),
    (0.0...10.0, 1, .wrong), (0.0...10.0, 6, .right), (-3.0 ... -1.0, -1.5, .right),
    (-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude, 1e300, .right),
    (0...Double.greatestFiniteMagnitude, 1e300, .wrong),
  ])
  func theMiddleOfTheRangeDecides(range: ClosedRange<Double>, score: Double, outcome: Outcome) {
    #expect(Verdict.scored(score).outcome(in: range) == outcome)
  }

  @Test func noVerdictIsNeverWrong() {
    let range = 0.0...1.0
    #expect(Verdict.abstained().outcome(in: range) == .abstained)
    #expect(Verdict.failed("x").outcome(in: range) == .failed)
    #expect(Verdict(.timedOut("x")).outcome(in: range) == .timedOut)
    #expect(Outcome.allCases.filter(\.isVerdict) == [.right, .wrong])
  }

  @Test func everyMissingVerdictHasAReason() {
    #expect(Verdict.scored(0).unscoredReason == nil)
    #expect(Verdict.abstained().unscoredReason == "abstains without a note")
    #expect(Verdict.abstained(notes: [Note("a"), Note("b")]).unscoredReason == "abstains: a; b")
    #expect(Verdict.failed("no file").unscoredReason == "fails: no file")
    #expect(Verdict(.timedOut("3 s")).unscoredReason == "times out: 3 s")
  }
}
