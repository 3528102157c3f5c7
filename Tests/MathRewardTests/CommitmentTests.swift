import MathReward
import Testing

/// What somebody who writes an answer commits to. The texts are made up; what they say is plain to any reader.
struct CommitmentTests {
  private let grader = MathGrader()

  @Test(arguments: [
    // Thoughts are no answers.
    ("<think>Is it \\boxed{9}? No.</think>\nThe answer is 11.", "11"),
    ("<think>Answer: 9, I guess</think> It is \\boxed{11}.", "11"),
    ("<|channel|>analysis<|message|>maybe 9<|end|><|channel|>final<|message|>The answer is 11.", "11"),
    ("[THINK]9[/THINK]11", "11"),
    // The last statement counts, whatever its form.
    ("\\boxed{9}. Wait, that is wrong: I forgot a term. So the answer is 11.", "11"),
    ("The answer is 9. No: \\boxed{11}", "11"),
    ("Write your answer as \\boxed{a+b}.\n\nWe get a+b = 11, so the answer is 11.", "11"),
    ("The result is **11**.\n\nLet me know if you want 9 other solutions!", "11"),
    ("It costs 11 dollars. Hope this helps with exercise 9!", "11"),
    // The number that the sentence is about.
    ("The answer is k = 11, because 9 + 2 = 11 and 11 - 9 = 2", "11"),
    ("The answer is 11 (and not 9).", "11"), ("The answer is 11, not 9.", "11"),
    ("Answer: Tom earns $11 in 9 days.", "11"), ("The area is 7π.", "7\\pi"),
    ("The length is 2*sqrt(11).", "2\\sqrt{11}"),
    ("The answer is sqrt(7)/3.", "\\frac{\\sqrt7}{3}"), ("The answer is 3*exp(2).", "3e^2"),
    ("The answer is 3**4.", "81"),
    ("The answer is 4.2 x 10^3.", "4200"), ("The point is at (3, 11).", "(3,11)"),
    ("The solutions are 2, 9 and 11.", "2, 9, 11"),
    ("The answer is <b>11</b>.", "11"), ("The answer is 11!", "11"),
    ("So P(x) = x^2 - 5x + 11.", "x^2-5x+11"), ("## Answer\n-11", "-11"),
    ("Therefore, x = (1 + sqrt(5))/2.", "\\frac{1+\\sqrt5}{2}"),
    // Other languages.
    ("Die Antwort ist 11, nicht 9.", "11"), ("Das Ergebnis ist 2,5.", "2.5"),
    ("La réponse est 11, pas 9.", "11"), ("La respuesta es 11, no 9.", "11"),
    ("所以答案是 11，而不是 9。", "11"), ("Ответ: 11, а не 9", "11"),
    // Spellings.
    ("\\boxed{¾}", "0.75"), ("\\boxed{1½}", "1.5"), ("\\boxed{–11}", "-11"), ("\\boxed{１１}", "11"),
    ("\\boxed{11'000}", "11000"),
    ("\\boxed{1.100.000}", "1100000"), ("\\boxed{{11 \\over 2}}", "5.5"), ("\\boxed{11^{\\text{th}}}", "11"),
    ("\\boxed{\\textcolor{red}{11}}", "11"),
    ("\\boxed{\\cos 60^\\circ}", "\\frac12"), ("\\boxed{\\varnothing}", "\\emptyset"),
    ("\\boxed{k\\cdot k!}", "(k+1)!-k!"),
  ])
  func whatIsStatedIsTheAnswer(completion: String, reference: String) {
    let grade = grader.grade(completion: completion, reference: reference)
    #expect(grade.verdict == .right, "\(completion) says \(reference): \(grade)")
  }

  @Test(arguments: [
    ("<think>Is it \\boxed{9}? No.</think>\nThe answer is 11.", "9"), ("<think>So it is \\boxed{9}", "9"),
    ("\\boxed{9}. Wait, that is wrong: I forgot a term. So the answer is 11.", "9"),
    ("The result is **11**.\n\nLet me know if you want 9 other solutions!", "9"),
    ("The answer is k = 11, because 9 + 2 = 11 and 11 - 9 = 2", "2"), ("The answer is 11 (and not 9).", "9"),
    ("The answer is 11, not 9.", "9"),
    ("Answer: Tom earns $11 in 9 days.", "9"), ("The area is 7π.", "7"), ("The length is 2*sqrt(11).", "2"),
    ("The answer is sqrt(7)/3.", "3"),
    ("The answer is not 9.", "9"), ("The answer isn't 9.", "9"), ("It cannot be 9.", "9"), ("Is it 9?", "9"),
    ("The answer is minus 9.", "9"),
    ("The answer is twice 9.", "9"), ("So P(x) = x^2 - 5x + 9.", "9"), ("## Answer\n-9", "9"),
    ("The value is below 9.", "9"), ("The answer is greater than 9.", "9"),
    ("The answer is between 9 and 11.", "11"), ("The answer is either 9 or 11.", "11"),
    ("The solutions are 2, 9 and 11.", "11"), ("Die Antwort ist 11, nicht 9.", "9"),
    ("Das Ergebnis ist 2,5.", "5"), ("La réponse est 11, pas 9.", "9"),
    ("所以答案是 11，而不是 9。", "9"), ("Ответ: 11, а не 9", "9"), ("The point is at (3, 11).", "11"),
    ("\\boxed{1½}", "1"),
  ])
  func whatIsOnlyMentionedIsNone(completion: String, reference: String) {
    let grade = grader.grade(completion: completion, reference: reference)
    #expect(grade.verdict != .right, "\(completion) does not say \(reference): \(grade)")
  }
}
