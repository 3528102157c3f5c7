import PolyaKit
import PolyaTestSupport
import Testing

@testable import ChoiceReward

/// Rewards run in the host without a deadline: the time must be linear in whatever comes from outside.
struct HostileAnswerTests {
  private static let longest = ChoiceAnswerReward.longest

  private static func meta(_ choices: [String]) -> String {
    JSON.object([("choices", .array(choices.map { JSON.string($0) }))]).text
  }

  private static func verdict(
    _ completion: String, reference: String = "B", kind: String = "choice", question: String = "Which?",
    choices: [String] = ["shelf", "box", "a b a b c"]
  ) -> Verdict {
    ChoiceAnswerReward().verdict(
      on: RewardItem(
        id: 1, question: question, completion: completion, reference: reference, referenceKind: kind,
        metadataJSON: choices.isEmpty ? "" : meta(choices)))
  }

  private static func codes(_ verdict: Verdict) -> [String] {
    switch verdict {
    case .scored(let score): score.notes.map(\.code).filter { $0 != "answer-from" }
    case .abstain(let notes): notes.map(\.code)
    }
  }

  @Test func answersTakeTimeInProportion() {
    let steep = HostileAnswers.tooSteep { _ = Self.verdict($0) }
    #expect(steep.isEmpty, "\(steep.joined(separator: "\n"))")
  }

  @Test func shortTextsTakeTimeInProportion() {
    let steep = HostileAnswers.tooSteep { _ = Self.verdict($0, reference: "ant bee cat", kind: "text") }
    #expect(steep.isEmpty, "\(steep.joined(separator: "\n"))")
  }

  private static let outside = [
    HostileAnswer("(A) x\n"), HostileAnswer("(A)"), HostileAnswer("- x\n", after: "Options:\n"),
    HostileAnswer("Options:\n"), HostileAnswer("a b "), HostileAnswer("a "), HostileAnswer("1 2 "),
    HostileAnswer("?"), HostileAnswer("🇩🇪"), HostileAnswer("\u{301}"), HostileAnswer("\r\n"),
    HostileAnswer("{"),
  ]

  /// The reference, an option and the question; each with an answer that is made of the same.
  @Test func whatTheTaskBringsTakesTimeInProportion() {
    let steep =
      HostileAnswers.tooSteep(Self.outside) {
        _ = Self.verdict($0, reference: $0, kind: "text")
        _ = Self.verdict($0, reference: $0, choices: ["box", $0])
      } + HostileAnswers.tooSteep(Self.outside) { _ = Self.verdict($0, choices: ["box", $0, $0 + "end"]) }
      + HostileAnswers.tooSteep(Self.outside) { _ = Self.verdict($0, question: $0, choices: []) }
    #expect(steep.isEmpty, "\(steep.joined(separator: "\n"))")
  }

  /// The answer with which the fault was found, as long as the longest of reasoning models: hours by the cube of the
  /// length. A debug build would take half a minute for the greatest length.
  @Test func longAnswersAreRead() {
    let bytes = 200_000
    let loop = HostileAnswer("Answer: (A) or (B) or ").text(bytes: bytes)
    #expect(Self.codes(Self.verdict(loop)) == ["two-answers"])
    let reasons = HostileAnswer("It is not A, since B is empty. ", middle: "\nThe answer is (B).")
    guard case .scored(let score) = Self.verdict(reasons.text(bytes: bytes)) else {
      Issue.record("no score")
      return
    }
    #expect(score.value == 1)
  }

  @Test func beyondTheGreatestLengthThereIsNoVerdict() {
    let long = String(repeating: " ", count: Self.longest + 1)
    #expect(Self.codes(Self.verdict(long + "B")) == ["completion-too-long"])
    #expect(Self.codes(Self.verdict("B", reference: "B" + long)) == ["unreadable-reference"])
    #expect(Self.codes(Self.verdict("B", question: long)) == ["unreadable-choices"])
    #expect(Self.codes(Self.verdict("B", choices: ["a", long])) == ["unreadable-choices"])
    #expect(Self.codes(Self.verdict(String(long.dropFirst(2)) + "B")).isEmpty)
  }

  /// What overlapping statements say, by hand: the last that affirms one wins, a later denial of the same revokes it.
  @Test(
    arguments: [
      ("The answer is B. The answer is not A, the answer is not A, the answer is not A", nil, 1.0),
      (
        "The answer is B. The answer is not A, the answer is not B, the answer is not A", "revoked-answer",
        nil
      ),
      ("The answer is B, the answer is not A, the answer is not B", "revoked-answer", nil),
      ("\\boxed{B} and \\boxed{A and \\boxed{none}}", nil, 0),
      ("\\boxed{A} and \\boxed{none, \\boxed{nothing}}", "no-answer", 0),
      ("\\boxed{none and \\boxed{B}}", nil, 1.0), ("<answer>A <answer>B</answer>", nil, 1),
    ] as [(String, String?, Double?)])
  func overlappingStatements(completion: String, code: String?, value: Double?) {
    let verdict = Self.verdict(completion)
    #expect(Self.codes(verdict) == (code.map { [$0] } ?? []), "\(verdict)")
    if case .scored(let score) = verdict { #expect(score.value == value) } else { #expect(value == nil) }
  }
}

struct PhraseTests {
  /// The definition: every place is looked at.
  @Test func standsWhereItsWordsStand() {
    // All texts of ten words, of which there are two, and all phrases of up to three.
    for bits in 0..<1 << 10 {
      let text = (0..<10).map { bits >> $0 & 1 }
      let words = (0...bits % 3).map { (bits / 3) >> $0 & 1 }
      let places = text.indices.filter { text[$0...].starts(with: words) }
      #expect(Phrase(words).starts(in: text) == places, "\(words) in \(text)")
    }
    #expect(Phrase([]).starts(in: [1, 2]).isEmpty)
  }
}

struct OccurrencesTests {
  @Test func anyRangeIsThatOfTheDefinition() {
    let places = [1, 2, 5]
    let all = Occurrences(in: 6) { places.contains($0) }
    for start in 0...6 {
      #expect(all.first(from: start) == places.first { $0 >= start })
      for end in start...6 {
        #expect(all.contains(in: start..<end) == places.contains { (start..<end).contains($0) })
        #expect(all.last(in: start..<end) == places.last { (start..<end).contains($0) })
      }
    }
  }
}
