import Foundation
import PolyaKit
import Testing

@testable import ChoiceReward

/// Every option of every question, right and wrong, said in many ways: what is expected comes from the data set.
struct RealQuestionsTests {
  /// Texts with the letter {L} and the text {T} of an option, and another option's letter {l} and text {t}.
  private static let templates = [
    "{L}", "({L})", "{L}.", "**{L}**", "({L}) {T}", "{L}) {T}", "{T}",
    "Let us think step by step. It may seem that ({l}) {t} fits.\nThe answer is ({L}).",
    "So the answer is {L}.", "The correct answer is: {L}", "Answer: {L}", "**Answer:** {L}",
    "**Answer: ({L})**",
    "Final answer: {T}", "The answer is {T}.", "### Final Answer\n{L}",
    "Therefore, the answer is\n\n({L}) {T}",
    "We get \\boxed{{L}}.", "\\boxed{{T}}", "\\boxed{\\text{({L}) {T}}}", "<answer>{L}</answer>",
    "<answer>\n{T}\n</answer>", "Reasons.\n#### {L}",
    "The answer is ({l}). Wait, I misread it.\nThe answer is ({L}).",
    "At first the answer is {l}, but that fails. So the final answer is {L}.",
    "The answer is ({L}) because ({l}) is wrong.", "The answer is not ({l}), but ({L}).",
    "({l}) is wrong, so the answer is ({L}).", "Option {l} is incorrect. Option {L} is correct.",
    "({L}) is the correct answer.", "I choose ({L}).", "I would go with option {L}.",
    "Suppose the answer is ({l}). That leads to a contradiction. So the answer is ({L}).",
    "Is the answer ({l})? It isn't. The answer is ({L}).", "The best option is {L}, not {l}.",
    "The answer is option {L}: {T}", "Answer: ({L}) {T}, since ({l}) {t} does not hold.",
  ]

  private static func fill(_ template: String, _ question: SharedData.Question, _ option: Int, _ other: Int)
    -> String
  {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ").map(String.init)
    return template.replacing("{L}", with: letters[option]).replacing("{l}", with: letters[other])
      .replacing("{T}", with: question.choices[option]).replacing("{t}", with: question.choices[other])
  }

  private func check(_ questions: [SharedData.Question], share: Int) -> (
    answers: Int, abstained: Int, mistakes: [String]
  ) {
    let reward = ChoiceAnswerReward()
    var (answers, abstained, mistakes) = (0, 0, [String]())
    for (place, question) in questions.enumerated() where question.choices.count > 1 {
      let letter = String(Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")[question.right])
      for option in question.choices.indices {
        for (number, template) in Self.templates.enumerated() where (number + place + option) % share == 0 {
          let other = (option + 1) % question.choices.count
          let completion = Self.fill(template, question, option, other)
          let verdict = reward.verdict(
            on: RewardItem(
              id: 1, question: question.text, completion: completion, reference: letter,
              referenceKind: "choice", metadataJSON: question.metadataJSON))
          answers += 1
          guard case .scored(let score) = verdict else {
            abstained += 1
            continue
          }
          // Options of the same text are the same answer.
          let isRight = option == question.right
          let isSameText =
            !template.contains("{L}") && question.choices[option] == question.choices[question.right]
          guard (score.value == 1) != (isRight || isSameText) else { continue }
          mistakes.append("\(template) | \(completion) | \(question.choices) right \(letter): \(score.value)")
        }
      }
    }
    return (answers, abstained, mistakes)
  }

  @Test(SharedData.isPresent) func everyOptionOfMuSR() throws {
    let result = check(try SharedData.musr(), share: 1)
    #expect(result.answers > 3000 && result.abstained == 0)
    #expect(result.mistakes.isEmpty, "\(result.mistakes.prefix(10).joined(separator: "\n"))")
  }

  /// Each option in every ninth way, by turns; `POLYA_ALL_WAYS=1` for all.
  @Test(SharedData.isPresent) func everyOptionOfBIGBenchHard() throws {
    let all = ProcessInfo.processInfo.environment["POLYA_ALL_WAYS"] == "1"
    let result = check(try SharedData.bbhChoices(), share: all ? 1 : 9)
    if all {
      print(
        "\(result.answers) answers, \(result.abstained) without a verdict, \(result.mistakes.count) mistakes")
    }
    #expect(result.answers > 90_000 && Double(result.abstained) < 1e-4 * Double(result.answers))
    #expect(result.mistakes.isEmpty, "\(result.mistakes.prefix(60).joined(separator: "\n"))")
  }

  /// Targets of one file on each other: right on its own, wrong on a different one, in many ways.
  @Test(SharedData.isPresent) func shortTextsOfBIGBenchHard() throws {
    let ways = [
      "{T}", "So the answer is {T}.", "Answer: {T}", "**Final answer:** {T}", "Reasons.\n#### {T}",
      "<answer>{T}</answer>", "Let us see.\nThe answer is:\n{T}",
      "The answer is {o}. No, wait.\nThe answer is {T}",
    ]
    let rows = try SharedData.bbhTexts()
    for (place, row) in rows.enumerated() {
      let grader = try #require(TextGrader(row.target))
      let other = rows[(place + 1) % rows.count].target
      for way in ways {
        let right = way.replacing("{T}", with: row.target).replacing("{o}", with: other)
        let wrong = way.replacing("{T}", with: other).replacing("{o}", with: row.target)
        #expect(grader.grade(right).outcome == .right, "\(row.name): \(right)")
        guard other.lowercased() != row.target.lowercased() else { continue }
        #expect(grader.grade(wrong).outcome == .wrong, "\(row.name): \(wrong), not \(row.target)")
      }
    }
  }
}
