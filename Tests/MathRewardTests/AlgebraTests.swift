import MathReward
import Testing

/// Equalities of algebra, from the rules of school; inequalities that look alike.
struct AlgebraTests {
  private let grader = MathGrader()

  private func verdict(_ completion: String, _ reference: String) -> Grade.Verdict {
    grader.grade(completion: "\\boxed{\(completion)}", reference: reference).verdict
  }

  @Test(arguments: [
    ("1 + x", "x + 1"), ("(x+1)^2", "x^2+2x+1"), ("2^{10}", "1024"), ("\\sqrt{4}", "2"),
    ("\\sqrt{8}", "2\\sqrt{2}"),
    ("\\frac{1}{\\sqrt 2}", "\\frac{\\sqrt 2}{2}"), ("\\frac{1}{1+\\sqrt{2}}", "\\sqrt{2}-1"),
    ("\\sqrt[3]{16}", "2\\sqrt[3]{2}"), ("\\sqrt{3+2\\sqrt2}", "1+\\sqrt2"),
    ("\\sqrt{6}", "\\sqrt2\\cdot\\sqrt3"),
    ("\\frac{x^2-1}{x-1}", "x+1"), ("\\frac{x+2}{7}", "\\frac x7+\\frac27"), ("-x > -1", "x < 1"),
    ("1 < x", "x > 1"),
    ("0 < x \\le 1", "(0,1]"), ("x \\ge 3", "[3,\\infty)"), ("(2,3)\\cup(0,1)", "(0,1) \\cup (2,3)"),
    ("2x+3y=6", "4x+6y-12=0"), ("\\sin^2 x+\\cos^2 x", "1"), ("\\tan^2(y)+1", "\\sec^2 y"),
    ("\\log_2 8", "3"),
    ("\\ln e^2", "2"), ("\\sin\\frac{\\pi}{6}", "1/2"), ("5!", "120"), ("\\binom{5}{2}", "10"),
    ("|{-3}|", "3"),
    ("e^{x+1}", "e\\cdot e^x"), ("2^{n+1}", "2\\cdot 2^n"),
    ("\\frac{10\\sqrt{10.5}}{27}", "\\frac{5\\sqrt{42}}{27}"),
    ("0.0833333333333333", "\\frac1{12}"), ("1.4142136", "\\sqrt2"), ("1.414213", "\\sqrt2"),
    ("\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}", "\\begin{pmatrix}1 & 2 \\\\ 3 & \\sqrt{16}\\end{pmatrix}"),
    (
      "\\left[\\begin{array}{cc}1&2\\\\3&4\\end{array}\\right]",
      "\\begin{pmatrix}1 & 2 \\\\ 3 & 4\\end{pmatrix}"
    ),
    ("(\\sqrt{4}, 1+1)", "(2,2)"), ("x = 1 \\pm 0 + \\sqrt{9}", "x = 1 \\pm 0 + \\sqrt{9}"),
    ("10^{20}+1", "100000000000000000001"),
    ("\\frac{-b+1}{2}", "\\frac{1-b}{2}"), ("x_1x_2", "x_2x_1"), ("\\alpha+1", "1+\\alpha"),
    ("1000,99", "1000.99"),
    ("p=5,q=2;p=7,q=2", "(5,2),(7,2)"), ("i\\theta", "\\theta i"), ("\\frac{2}{4}x", "\\frac{x}{2}"),
    ("3x(x+1)", "3x^2+3x"),
  ])
  func acceptsAnotherForm(completion: String, reference: String) {
    #expect(verdict(completion, reference) == .right)
    #expect(verdict(reference, completion) == .right, "the other way round")
  }

  @Test(arguments: [
    ("x - 1", "1 - x"), ("x^2", "x^3"), ("\\sqrt{2}", "1.41"), ("1.41421", "\\sqrt3"), ("x+1", "y+1"),
    ("\\sqrt{x^2}", "x"),
    ("x > 1", "x \\ge 1"), ("x > 1", "-x > -1"), ("[0,1)", "0 < x < 1"), ("2x+3y=6", "2x+3y=7"),
    ("10^{20}", "10^{20}+1"),
    ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}"),
    ("\\pi", "3.14"),
    ("\\begin{pmatrix}1&2\\end{pmatrix}", "\\begin{pmatrix}1\\\\2\\end{pmatrix}"), ("\\frac{22}{7}", "\\pi"),
    ("1/2/2020", "2/4/2020"), ("2004!", "2006!"), ("\\sin x", "\\cos x"), ("on", "no"),
    ("0.333333", "0.3333333"),
    ("2^{100}+1", "2^{100}"), ("f(x)", "f(y)"), ("x^{-1}", "-x"), ("(1,2)\\cup(3,4)", "(1,2)\\cup(3,5)"),
    ("1,2", "1.2"),
    ("\\frac{1}{0}", "\\frac{2}{0}"), ("0.1000001", "0.1"), ("262537412640768744", "e^{\\pi\\sqrt{163}}"),
  ])
  func refusesAnotherValue(completion: String, reference: String) {
    #expect(verdict(completion, reference) != .right)
    #expect(verdict(reference, completion) != .right, "the other way round")
  }

  @Test func whatIsTooLargeToCompareIsNotDecided() {
    #expect(verdict("3^{3^{200}}+1", "3^{3^{200}}+2") == .abstain)
    #expect(verdict("3^{200}+1", "3^{200}+2") == .wrong)
    #expect(verdict("3^{200}", "3^{201}") == .wrong)
  }

  @Test(arguments: [
    ("\\boxed{2}, \\boxed{3} and \\boxed{5}", "2,3,5", true),
    ("\\boxed{1} papers and \\boxed{2} bins", "1,2", true),
    ("\\boxed{7} and then \\boxed{18}", "18", true), ("\\boxed{7} and then \\boxed{18}", "7,18", false),
    ("$y_1 = \\boxed{3}$ and $y_2 = \\boxed{4}$", "3,4", true),
    ("First \\boxed{1}.\nThen \\boxed{2}", "2", true),
  ])
  func boxesInARowAreOneList(completion: String, reference: String, isRight: Bool) {
    #expect(grader.grade(completion: completion, reference: reference).verdict == (isRight ? .right : .wrong))
  }

  @Test(arguments: [
    ("It cannot be A because of the rain, therefore I think it's B", "B", true),
    ("The answer is B.", "B", true),
    ("The answer is surely D, it can't be A or B", "D", true), ("The answer is A. Not B.", "B", false),
    ("A man walks in. It must be C", "C", true), ("\\boxed{C}", "C", true), ("(D)", "D", true),
  ])
  func aLetterIsLookedForInProse(completion: String, reference: String, isRight: Bool) {
    #expect(grader.grade(completion: completion, reference: reference).verdict == (isRight ? .right : .wrong))
  }
}
