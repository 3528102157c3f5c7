import Foundation
import PolyaKit
import Testing

@testable import AdherenceReward

struct NaiveBayesTests {
  /// Three features a text, seven possible ones: (count + 0.1) / (3 + 0.7), worked by hand.
  @Test func thePosteriorIsBayes() throws {
    let bayes = NaiveBayes([("a", "x"), ("b", "y")])
    let (seen, unseen) = (1.1 * 1.1 * 1.1, 0.1 * 0.1 * 0.1)
    let a = try #require(bayes.probability(of: "a", given: "x"))
    let b = try #require(bayes.probability(of: "b", given: "X"))
    #expect(abs(a - seen / (seen + unseen)) < 1e-12)
    #expect(abs(b - unseen / (seen + unseen)) < 1e-12)
    #expect(bayes.probability(of: "c", given: "x") == nil)
    #expect(try #require(bayes.probability(of: "a", given: "")) == 0.5, "no word, no evidence")
  }

  @Test func theFormCountsAndNotTheQuantities() {
    #expect(NaiveBayes.features(of: "12 apples + 7") == NaiveBayes.features(of: "3 Apples+123456"))
    #expect(NaiveBayes.features(of: "12 apples + 7") != NaiveBayes.features(of: "12 apples - 7"))
    #expect(NaiveBayes.features(of: "a b") != NaiveBayes.features(of: "b a"))
  }

  @Test func theOrderOfExamplesDoesNotMatter() {
    let examples = (0..<50).map { (label: "h\($0 % 4)", text: "word\($0 % 7) and word\($0 % 5)") }
    let (one, other) = (NaiveBayes(examples), NaiveBayes(examples.reversed()))
    for label in one.labels {
      #expect(
        one.probability(of: label, given: "word3 and") == other.probability(of: label, given: "word3 and"))
    }
  }
}

struct LikelihoodRatioTests {
  @Test func theScoreIsTheLogisticOfTheRatio() throws {
    let ratio = try LikelihoodRatio(plain: "Q: {question}", scale: 2)
    guard case .scored(let score) = ratio.verdict([-1, -2, -3], [-2, -3, -4], count: 3) else {
      Issue.record("no score")
      return
    }
    #expect(score.components == [1, -2, -3])
    #expect(abs(score.value - 1 / (1 + exp(-2.0))) < 1e-15)
    #expect(ratio.prompt(of: "why?") == "Q: why?")
  }

  @Test func thePlainPromptMustHoldTheQuestion() {
    #expect(throws: Failure.self) { try LikelihoodRatio(plain: "Q:", scale: 1) }
  }
}
