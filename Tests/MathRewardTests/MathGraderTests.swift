import MathReward
import Testing

/// Expected values follow from arithmetic and from what users of Math-Verify expect, not from our own output.
struct MathGraderTests {
  private let grader = MathGrader()

  private func verdict(_ completion: String, _ reference: String) -> Grade.Verdict {
    grader.grade(completion: completion, reference: reference).verdict
  }

  private func extracted(_ completion: String) -> String? {
    grader.grade(completion: completion, reference: "0").range.map {
      String(decoding: Array(completion.utf8)[$0], as: UTF8.self)
    }
  }

  @Test(arguments: [
    ("18", "18"), ("+18", "18"), ("018", "18"), ("18.0", "18"), ("18.", "18"), ("-0", "0"),
    ("\u{2212}5", "-5"),
    ("- 5", "-5"), (".5", "0.5"), ("1/2", "0.5"), ("-1/2", "-0.5"), ("2/-4", "-1/2"), ("3/6", "1/2"),
    ("\\frac{1}{2}", "0.5"), ("\\dfrac12", "1/2"), ("\\frac{-3}{6}", "-1/2"), ("-\\frac{3}{6}", "-1/2"),
    ("\\frac{\\frac{1}{2}}{3}", "1/6"), ("3 1/2", "3.5"), ("-3 1/2", "-7/2"), ("3\\frac{1}{2}", "7/2"),
    ("1,234", "1234"), ("1,234,567.50", "1234567.5"), ("1{,}234", "1234"), ("12\\,345", "12345"),
    ("1 000", "1000"), ("1.5e3", "1500"), ("1.5E-3", "0.0015"), ("2.5 \\times 10^{3}", "2500"),
    ("$18", "18"), ("18 dollars", "18"), ("\\$18.00", "18"), ("\u{20AC}18", "18"), ("-$5", "-5"),
    ("5 cm^2", "5"), ("5 \\text{ cm}^2", "5"), ("15\\mbox{ cm}^2", "15"), ("72^\\circ", "72"), ("72°", "72"),
    ("90^{\\circ}", "90"), ("18 dollars per day", "18"), ("1.8 billion", "1800000000"), ("x = 5", "5"),
    ("f(x) = 5", "5"), ("3 + 4 = 7", "7"), ("= 7", "7"), ("x \\approx 11", "11"), ("(5)", "5"),
    ("**5**", "5"),
    ("\\text{Evelyn}", "evelyn"), ("Yes.", "yes"), ("(A)", "A"), ("7, 5, 3", "3, 5, 7"),
    ("\\{1, 2\\}", "2, 1"),
    ("6 and 8", "8, 6"), ("\\left(3, \\frac{\\pi}{2}\\right)", "(3,\\frac{\\pi}{2})"),
    ("x >= 5", "x \\geq 5"),
    ("\\pm 3", "3, -3"), ("2\\sqrt 3", "2 \\cdot \\sqrt{3}"), ("2004!", "2004!"), ("12:00", "12:00"),
  ])
  func acceptsTheSameValueInAnotherSpelling(completion: String, reference: String) {
    for text in [completion, "\\boxed{\(completion)}", "It is so.\n#### \(completion)"] {
      #expect(verdict(text, reference) == .right, "\(text) against \(reference)")
    }
  }

  @Test(arguments: [
    ("17", "18"), ("-18", "18"), ("1.8", "18"), ("1,2", "12"), ("1,2", "1.2"), ("0.33", "1/3"),
    ("3/1", "1/3"),
    ("31/2", "3 1/2"), ("+-2021", "2021"), ("\\pm 2021", "2021"), ("-2021", "\\pm 2021"), ("1:00", "12:00"),
    ("2006!", "2004!"), ("2004", "2004!"), ("5x", "5"), ("5 x", "5"), ("5i", "5"), ("204", "204_5"),
    ("(2,1)", "(1,2)"), ("[0,1)", "(0,1)"), ("3\\sqrt[3]{13}", "3\\sqrt{13}"), ("x > 5", "x < 5"),
    ("3, 5", "3, 5, 7"), ("3, 3, 5", "3, 5, 5"), ("1.5e4", "1.5e3"),
    ("99999999999999999999", "99999999999999999998"),
    ("0.30000000000000004", "0.3"), ("0", "a + 3z = 0"), ("5 or 6", "5"), ("p", "P"), ("1/0", "0"),
    ("--5", "5"),
  ])
  func refusesAnotherValue(completion: String, reference: String) {
    for text in [completion, "\\boxed{\(completion)}"] {
      #expect(verdict(text, reference) == .wrong, "\(text) against \(reference)")
    }
  }

  /// A percent sign means a hundredth; but references of word problems say 50 where the answer is 50%.
  @Test(arguments: [
    ("50%", "0.5", true), ("50\\%", "1/2", true), ("0.5", "50%", true), ("50%", "50", true),
    ("50", "50%", true),
    ("50 percent", "50\\%", true), ("50%", "50%", true), ("0.5%", "50", false), ("50%", "5", false),
    ("0.5%", "50%", false), ("50", "0.5", false),
  ])
  func readsPercent(completion: String, reference: String, isRight: Bool) {
    #expect(
      verdict(completion, reference) == (isRight ? .right : .wrong), "\(completion) against \(reference)")
  }

  @Test(arguments: [
    ("The answer is 7, but\n#### 18", "18"), ("\\boxed{7} and then \\boxed{18}", "18"),
    ("\\boxed{\\frac{1}{2}} is left", "\\frac{1}{2}"), ("\\boxed{a \\} b} 7", "a \\} b"),
    ("\\boxed{18} and a cut off \\boxed{1", "18"), ("Put it into \\boxed{}: \\boxed{18} \\boxed{}", "18"),
    ("The answer is 18. I checked it with 99.", "18"),
    ("The answer is 18 dollars because 2 * 9 = 18.", "18 dollars"),
    ("The answer is not 5. The answer is 6.", "6"),
    ("The answer is 2 + 3 = 5 apples for 9 people", "2 + 3 = 5 apples"),
    ("**Answer:** 18\nThat took 3 steps", "18"),
    ("Final Answer:\n\n$\\frac{3}{4}$. I hope it is correct.", "$\\frac{3}{4}$"),
    ("16 - 3 = 13\nA: 13", "13"), ("She has 3 and 4, so 7 apples.", "7 apples"), ("so 17", "17"),
    ("= 17", "= 17"),
    ("ab + 2", "ab + 2"), ("area 15 cm^2 in all", "15 cm^2 in all"),
    ("It took from 11:00 to 12:30.", "12:30"), ("so $1 + 1 = 2$ holds", "$1 + 1 = 2$"),
    ("He paid $5, then $18.", "$18"),
    ("it fell by -3 degrees", "-3 degrees"), ("#### Step 4\nhence \\boxed{18}", "18"),
    ("<think>3</think><answer> 18 </answer>", "18"), ("half, so \\frac{1}{2} of it", "\\frac{1}{2} of"),
  ])
  func extractsByPriority(completion: String, expected: String) {
    #expect(extracted(completion) == expected)
  }

  @Test func saysWhereTheAnswerWasFound() {
    #expect(grader.grade(completion: "so \\boxed{5}", reference: "5").source == .boxed)
    #expect(grader.grade(completion: "He has 5 left", reference: "5").source == .sentence)
    #expect(grader.grade(completion: "é \\boxed{5}", reference: "5").range == 10..<11)
  }

  @Test func anExclamationMarkInProseMayBeEither() {
    #expect(verdict("The answer is 42!", "42") == .right)
    #expect(verdict("The answer is 42!", "42!") == .right)
    #expect(verdict("The answer is 42!", "43!") == .wrong)
  }

  @Test(arguments: ["", "  \n", String(repeating: "I do not know how many there are. ", count: 9)])
  func aCompletionWithoutAnAnswerIsWrong(completion: String) {
    let grade = grader.grade(completion: completion, reference: "5")
    #expect(grade.verdict == .wrong)
    #expect(grade.notes.map(\.code) == ["no-answer"])
  }

  @Test(arguments: [
    ("", "no-reference"), (" \n", "no-reference"), ("\\boxed{5", "unreadable-reference"),
    ("...", "unreadable-reference"),
    ("1e99999", "unreadable-reference"),
  ])
  func abstainsWithoutAUsableReference(reference: String, code: String) {
    let grade = grader.grade(completion: "\\boxed{5}", reference: reference)
    #expect(grade.verdict == .abstain)
    #expect(grade.notes.map(\.code) == [code])
  }

  @Test(
    arguments: [
      ("answer-too-long", String(repeating: "9", count: 1_000_000)),
      (
        "answer-too-long",
        "\\boxed" + String(repeating: "{", count: 100_000) + "5" + String(repeating: "}", count: 100_000)
      ),
      (
        "answer-too-deep",
        "\\boxed" + String(repeating: "{", count: 1_500) + "5" + String(repeating: "}", count: 1_500)
      ),
      (
        "answer-too-deep",
        "\\boxed{" + String(repeating: "\\frac{1}{", count: 99) + "2" + String(repeating: "}", count: 100)
      ),
      (
        "too-many-elements",
        "\\boxed{\\{" + (0...256).map(String.init).joined(separator: ",") + "\\}}"
      ),
      (
        "too-many-elements",
        "\\boxed{\\begin{pmatrix}"
          + String(repeating: "1" + String(repeating: "&x", count: 16) + "\\\\", count: 16)
          + "\\end{pmatrix}}"
      ),
      ("exponent-too-large", "#### 1e999999"), ("exponent-too-large", "#### 1e-99999999999999999999"),
    ])
  func abstainsBeyondItsLimits(code: String, completion: String) {
    let grade = grader.grade(completion: completion, reference: "5")
    #expect(grade.verdict == .abstain)
    #expect(grade.notes.map(\.code).contains(code))
  }

  @Test func computesExactlyAtTheLimits() {
    let sevens = String(repeating: "7", count: 1_900)
    let threes = String(repeating: "3", count: 1_900)
    #expect(verdict("#### \(sevens)/\(threes)", "7/3") == .right)
    #expect(verdict("#### \(sevens)/\(threes)", "7/4") == .wrong)
    #expect(verdict("#### 3e4000/1e3999", "30") == .right)
    let numbers = (1...256).map(String.init)
    let reversed = numbers.reversed().joined(separator: ",")
    #expect(verdict("\\boxed{\\{\(numbers.joined(separator: ","))\\}}", "\\{\(reversed)\\}") == .right)
  }
}
