import PolyaTestSupport
import Testing

@testable import AdherenceReward

struct HostileAnswerTests {
  /// Rewards run in the host without a deadline: the time must be linear in the length of an answer.
  @Test func answersTakeTimeInProportion() {
    let bayes = NaiveBayes([("a", "x is so, because y"), ("b", "Suppose that y is not x.")])
    let steep = HostileAnswers.tooSteep { _ = bayes.probability(of: "a", given: $0) }
    #expect(steep.isEmpty, "\(steep.joined(separator: "\n"))")
  }
}
