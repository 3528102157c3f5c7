import PolyaKit
import Testing

@testable import ChoiceReward

/// Answers made up to mislead; what is expected is how a person reads them.
struct ChoiceAnswerRewardTests {
  private func verdict(
    _ completion: String, _ reference: String, choices: [String], kind: String = "choice"
  ) -> Verdict {
    let quoted = choices.map { JSON.string($0) }
    return ChoiceAnswerReward().verdict(
      on: RewardItem(
        id: 1, question: "Which?", completion: completion, reference: reference, referenceKind: kind,
        metadataJSON: choices.isEmpty ? "" : JSON.object([("choices", .array(quoted))]).text))
  }

  private func letters(_ completion: String, _ choices: [String]) -> String {
    var said = ""
    for index in choices.indices {
      let letter = String("ABCDEFGH"[String.Index(utf16Offset: index, in: "ABCDEFGH")])
      switch verdict(completion, letter, choices: choices) {
      case .scored(let score): if score.value == 1 { said += letter }
      case .abstain: said += "?"
      }
    }
    return said
  }

  /// Which letters score 1; "?" for each that has no verdict.
  @Test(
    arguments: [
      ("not B", "?"), ("B is wrong, so A", "A"), ("The answer is (A) because (B) is too short.", "A"),
      ("A man walks in. The answer is the drawer.", "C"), ("The answer is a shelf.", "A"),
      ("The answer is not the shelf but the box.", "B"),
      ("The answer is A. Wait, it is wrong. The answer is B.", "B"),
      ("The answer is A, no wait, B.", "B"), ("It is either A or B. The answer is A or B.", "??"),
      ("The answer is both A and C.", ""), ("The answer is C rather than A.", "C"),
      ("(A) is incorrect. (B) is incorrect. So (C).", "C"), ("Answer: option c", "C"), ("answer: b", "B"),
      ("The top drawer of the desk", "C"), ("The answer is the attic.", "???"), ("\\boxed{attic}", "???"),
      ("I cannot say", ""), ("", ""), ("The answer is A.\n\nActually, the answer is not A.", "???"),
      ("If the answer were A, the box would be full. Hence the answer is B.", "B"),
      ("Options:\n(A) shelf\n(B) box\n(C) drawer\nThe answer is (B).", "B"),
      ("Which is it, A? No. Answer: C", "C"),
      ("The answer isn't A. The answer is C.", "C"), ("Neither A nor B fits, so the answer is C.", "C"),
      ("She would look in the box.", "B"), ("She moved it from the shelf to the box.", "??"),
      ("\\boxed{A}\nOn reflection, the answer is \\boxed{C}.", "C"), ("**B**", "B"), ("(b)", "B"),
      ("The correct choice is **(C) drawer**.", "C"), ("The answer is A because B and C are empty.", "A"),
    ])
  func readsAsAPersonDoes(completion: String, letters expected: String) {
    let said = letters(completion, ["shelf", "box", "drawer"])
    // For an unclear answer only its letters matter: those that it may be have no verdict.
    #expect(said == expected || (expected == "?" && said.isEmpty), "\(completion): \(said)")
  }

  @Test func aLongerOptionIsNotTheShorterOneInside() {
    let choices = ["desk", "producer's desk", "desk lamp"]
    #expect(letters("The answer is the producer’s desk.", choices) == "B")
    #expect(letters("Answer: desk lamp", choices) == "C")
    #expect(letters("Answer: the desk", choices) == "A")
  }

  @Test func numbersAreWholeOptions() {
    let choices = ["1", "-1", "10", "1.5", "12/25/1937", "1,000"]
    #expect(letters("The answer is -1.", choices) == "B")
    #expect(letters("The answer is 1.", choices) == "A")
    #expect(letters("The answer is 10", choices) == "C")
    #expect(letters("\\boxed{1.5}", choices) == "D")
    #expect(letters("The answer is 12/25/1937.", choices) == "E")
    #expect(letters("The answer is 1000.", choices) == "F")
  }

  @Test(
    arguments: [
      ("valid", "The argument is fine. The answer is valid.", 1.0), ("invalid", "The answer is valid.", 0),
      ("invalid", "So the answer is not valid.", 1), ("yes", "Answer: Yes, since she tells the truth.", 1),
      ("no", "Answer: Yes, no doubt.", 0), ("True", "True", 1), ("False", "True", 0),
      ("ant bee cat", "Answer: ant, bee, cat", 1), ("ant bee cat", "Answer: ant cat bee", 0),
      ("ant bee cat", "The answer is:\n1. ant\n2. bee\n3. cat", 1), ("ant", "Answer: ant, bee", 0),
      ("] ] >", "The answer is ]]>", 1), ("] ] >", "The answer is ] >", 0), ("-50", "It is 3 - 53 = -50", 1),
      ("50", "The answer is -50.", 0), ("24", "The answer is 2 * 12 = 24.", 1), ("1000", "Answer: 1,000", 1),
    ])
  func comparesShortTexts(reference: String, completion: String, value: Double) {
    guard case .scored(let score) = verdict(completion, reference, choices: [], kind: "text") else {
      Issue.record("no verdict")
      return
    }
    #expect(score.value == value, "\(completion)")
  }

  @Test func theReferenceMayBeALetterOrAText() {
    for reference in ["B", "(B)", "b.", "box", "The box"] {
      guard case .scored(let score) = verdict("Answer: B", reference, choices: ["shelf", "box"]) else {
        Issue.record("no verdict for \(reference)")
        continue
      }
      #expect(score.value == 1)
    }
  }

  @Test(arguments: [
    ("", "choice", "no-reference"), ("zebra", "choice", "unreadable-reference"),
    ("B", "math", "other-reference-kind"),
    ("...", "text", "unreadable-reference"),
  ])
  func abstainsWithANoteInsteadOfAZero(reference: String, kind: String, code: String) {
    guard case .abstain(let notes) = verdict("B", reference, choices: ["shelf", "box"], kind: kind) else {
      Issue.record("not an abstention")
      return
    }
    #expect(notes.map(\.code) == [code])
  }

  @Test func survivesRandomText() {
    let pieces = [
      "(", "A", ")", "B", " is ", "not ", "answer", ": ", "\\boxed{", "}", "<answer>", "</answer>", "#### ",
      "\n", ".",
      "?", "or ", "wait ", "\u{0}", "é", "👍🏽", "\r\n", "-1", "'", "’", "box", " shelf", "so ", ",",
    ]
    var state: UInt64 = 20_260_508
    for _ in 0..<20_000 {
      var text = ""
      for _ in 0..<16 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int(state >> 33) % pieces.count]
      }
      for kind in ["choice", "text"] {
        if case .scored(let score) = verdict(text, "B", choices: ["shelf", "box"], kind: kind),
          case .bytes(let range) = score.extracted
        {
          #expect(range.lowerBound >= 0 && range.upperBound <= text.utf8.count && !range.isEmpty)
        }
      }
    }
  }
}
