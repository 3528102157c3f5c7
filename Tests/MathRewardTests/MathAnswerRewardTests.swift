import PolyaKit
import Testing

@testable import MathReward

struct MathAnswerRewardTests {
  private func verdict(_ completion: String, _ reference: String, kind: String = "math") -> Verdict {
    MathAnswerReward().verdict(
      on: RewardItem(
        id: 1, question: "How many?", completion: completion, reference: reference, referenceKind: kind))
  }

  @Test func scoresOneOrZeroWithTheSpan() {
    guard case .scored(let right) = verdict("so\n#### 18", "18"),
      case .scored(let wrong) = verdict("so 17", "18")
    else {
      Issue.record("no score")
      return
    }
    #expect(right.value == 1 && right.extracted == .bytes(8..<10))
    #expect(wrong.value == 0 && wrong.extracted == .bytes(3..<5))
  }

  @Test func anEmptyCompletionIsWrongAndSaysWhy() {
    guard case .scored(let score) = verdict("", "18") else {
      Issue.record("no score")
      return
    }
    #expect(score.value == 0 && score.extracted == .none && score.notes.map(\.code) == ["no-answer"])
  }

  @Test(arguments: [("", "math", "no-reference"), ("18", "unit-tests", "other-reference-kind")])
  func abstainsWithANoteInsteadOfAZero(reference: String, kind: String, code: String) {
    guard case .abstain(let notes) = verdict("#### 18", reference, kind: kind) else {
      Issue.record("not an abstention")
      return
    }
    #expect(notes.map(\.code) == [code])
  }
}
