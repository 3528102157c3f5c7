import PolyaCore
import Testing

struct UnscoredReasonsTests {
  @Test func reasonsAreCountedInTheOrderOfFirstAppearance() {
    var reasons = UnscoredReasons()
    #expect(reasons.sentence == "")
    for verdict: Verdict in [
      .failed("no file"), .scored(1, extracted: "", notes: []), .abstained(notes: [Note("too long")]),
      .failed("no file"),
      .abstained(notes: []),
    ] { reasons.add(verdict) }
    #expect(
      reasons.entries.map(\.reason) == ["fails: no file", "abstains: too long", "abstains without a note"])
    #expect(reasons.entries.map(\.count) == [2, 1, 1])
    #expect(reasons.sentence == "; 2 of them: fails: no file, and 2 other reasons")
    #expect(UnscoredReasons(reasons.json) == reasons)
    var twice = reasons
    twice.add(reasons)
    #expect(twice.entries.map(\.count) == [4, 2, 2])
  }

  /// Reasons may hold numbers that differ from row to row.
  @Test func theyAreBoundedAndNoneIsLost() {
    var reasons = UnscoredReasons()
    for row in 0..<1000 { reasons.add("row \(row)") }
    #expect(reasons.entries.count <= 21)
    #expect(reasons.entries.reduce(0) { $0 + $1.count } == 1000)
  }
}
