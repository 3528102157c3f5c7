import PolyaCore
import PolyaRecords
import Testing

@testable import PolyaBootstrap

/// A bootstrap without any yield says so after its first candidates, with how they end and what to try.
struct FirstYieldTests {
  private func judgment(_ outcome: Outcome, extracted: String = "1") -> VerdictRecord {
    VerdictRecord(outcome, extracted: extracted)
  }

  private func warnings(_ verdicts: [(VerdictRecord, isTruncated: Bool)]) -> [String] {
    var yield = FirstYield()
    return verdicts.compactMap { yield.add($0.0, isTruncated: $0.isTruncated) }
  }

  @Test func theWarningSaysHowAnswersEnd() throws {
    let verdicts =
      Array(repeating: (judgment(.wrong), isTruncated: true), count: 120)
      + Array(repeating: (judgment(.wrong, extracted: ""), isTruncated: false), count: 50)
      + Array(repeating: (judgment(.abstained), isTruncated: false), count: 10)
      + Array(repeating: (judgment(.wrong), isTruncated: false), count: 400)
    let warning = try #require(warnings(verdicts).first)
    #expect(
      warning.contains(
        "none of the first 200 candidates is right: 120 are truncated, 50 have no final answer, 10 cannot be judged, 20 are wrong"
      ))
    #expect(warning.contains("raise max-tokens"))
    #expect(warnings(verdicts).count == 1, "it is said once")
  }

  /// Judges and functions in Python say nothing of what they read.
  @Test func aVerifierThatReadsNothingIsNotTakenForAnswersWithoutAnEnd() throws {
    let verdicts =
      Array(repeating: (judgment(.wrong, extracted: ""), isTruncated: false), count: 150)
      + Array(repeating: (judgment(.failed, extracted: ""), isTruncated: false), count: 50)
    #expect(
      try #require(warnings(verdicts).first).contains("is right: 150 are wrong, 50 failed; take easier"))
  }

  @Test func aStageThatResumesSaysNothing() {
    var yield = FirstYield()
    yield.end()
    #expect((0..<500).compactMap { _ in yield.add(judgment(.wrong), isTruncated: false) } == [])
  }

  @Test func oneRightAnswerIsEnough() {
    let right = [(judgment(.right), isTruncated: false)]
    let wrong = Array(repeating: (judgment(.wrong), isTruncated: false), count: 500)
    #expect(warnings(right + wrong) == [])
    #expect(warnings(Array(wrong.prefix(199)) + right + wrong) == [])
    #expect(warnings(Array(wrong.prefix(199))) == [])
  }
}
