import Foundation
import PolyaKit
import Testing

@testable import JudgeReward

struct CalibrationTests {
  /// With two values of the score, logistic regression has as many parameters as groups, so that it gives each the mean
  /// of its targets: Platt's (n+ + 1) / (n+ + 2) for what is right, 1 / (n- + 2) for what is wrong.
  @Test func twoGroupsGetTheirOwnMeans() throws {
    func rows(_ raw: Double, right: Int, wrong: Int) -> [(raw: Double, right: Bool)] {
      Array(repeating: (raw, true), count: right) + Array(repeating: (raw, false), count: wrong)
    }
    let fit = try Calibration(rows(0.9, right: 30, wrong: 10) + rows(0.4, right: 5, wrong: 45), "rows")
    let (yes, no) = (36.0 / 37, 1.0 / 57)
    #expect(abs(fit.probability(0.9) - (30 * yes + 10 * no) / 40) < 1e-9)
    #expect(abs(fit.probability(0.4) - (5 * yes + 45 * no) / 50) < 1e-9)
    #expect(fit.probability(0) > 0 && fit.probability(1) < 1)
  }

  @Test func perfectlySeparatedScoresStayFinite() throws {
    let fit = try Calibration([(0.2, false), (0.3, false), (0.7, true), (0.8, true)], "rows")
    #expect(fit.slope.isFinite && fit.slope > 0)
    #expect(fit.probability(0.8) > 0.5 && fit.probability(0.2) < 0.5)
  }

  @Test func oneKindOfRowIsRefused() {
    #expect(throws: Failure.self) { try Calibration([(0.2, true), (0.3, true)], "rows") }
  }
}

struct JudgePromptTests {
  /// An answer that looks like a template must not be filled in.
  @Test func anAnswerCannotReachTheTemplate() throws {
    let prompt = try JudgePrompt("{question}|{answer}|{reference}|{other}")
    let item = RewardItem(
      id: 1, question: "q {answer}", completion: "{reference} {question}", reference: "secret {answer}")
    #expect(prompt.text(for: item) == "q {answer}|{reference} {question}|secret {answer}|{other}")
  }

  @Test func aTemplateWithoutTheAnswerIsRefused() {
    #expect(throws: Failure.self) { try JudgePrompt("Is it right? {question}") }
  }
}

struct ScaleTests {
  @Test(
    arguments: [
      ("7", 6.0 / 9), ("Score: 7/10", 6.0 / 9), ("I would say 10.", 1.0), ("1", 0.0), ("4.5 of 10", 3.5 / 9),
    ] as [(String, Double)])
  func theFirstNumberCounts(reply: String, share: Double) throws {
    #expect(abs(try #require(Scale.number(in: reply, 1...10)) - share) < 1e-12)
  }

  @Test(arguments: ["", "excellent", "0", "11", "-3", "1-2", "...", "1.2.3"])
  func whatIsNoNumberOfTheScaleIsNoVerdict(reply: String) {
    #expect(Scale.number(in: reply, 1...10) == nil)
  }
}
