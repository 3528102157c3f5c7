import MathReward
import PolyaTestSupport
import Testing

/// Rewards run in the host without a deadline: the time must be linear in whatever comes from outside, and what is
/// found in an answer must not be read or compared in exponentially many ways.
struct HostileAnswerTests {
  private let grader = MathGrader()

  @Test(arguments: ["18", "x^2+1", "B"])
  func answersTakeTimeInProportion(reference: String) {
    let steep = HostileAnswers.tooSteep { _ = grader.grade(completion: $0, reference: reference) }
    #expect(steep.isEmpty, "\(steep.joined(separator: "\n"))")
  }

  @Test func referencesTakeTimeInProportion() {
    let steep = HostileAnswers.tooSteep(bytes: 4_000) { _ = grader.grade(completion: "18", reference: $0) }
    #expect(steep.isEmpty, "\(steep.joined(separator: "\n"))")
  }

  /// Formulas that nest: what is read or expanded twice on each level takes for ever on the fortieth.
  private static let nested: [(opening: String, inside: String, closing: String)] = [
    ("{", "+", "}"), ("{", "x", "\\choose 2}"), ("{2\\choose ", "x", "}"), ("x=(", "1", ",1)\\cup "),
    ("x=((", "1", "),1)\\cup "), ("a=((", "1", "),1),b=1;c",), ("\\frac{", "x", "}{2}"),
    ("\\frac{", "1e3999", "}{7e-3999}"), ("\\frac{x+1}{y+", "1", "}"), ("(1+\\sin(", "x", "))^5"),
    ("\\sin((1+", "x", ")^9)"), ("x^{1+", "x", "}"), ("\\gcd(", "x", ",12)"), ("\\gcd(", "\\pi", ",12)"),
    ("\\sqrt{1+", "x", "}"), ("f(", "n", ",n)"), ("\\begin{pmatrix}", "1", "&2\\\\3&4\\end{pmatrix}"),
    ("(", "1", ",2)"), ("|", "x", "|"), ("x_{", "x", "}"), ("\\binom{", "n", "}{2}"), ("", "x", "\\mod 7"),
    ("", "x", "!"), ("", "2", "^2"), ("\\pm ", "x", ""), ("\\{", "1,2", ",3\\}"), ("logsin", "x", ""),
  ]

  /// A second is some hundred times what the slowest takes in a release build.
  @Test(arguments: nested.indices)
  func nestedFormulasAreReadInABoundedTime(row: Int) {
    let (opening, inside, closing) = Self.nested[row]
    for depth in [20, 60, 200] {
      let formula =
        String(repeating: opening, count: depth) + inside + String(repeating: closing, count: depth)
      for (answer, reference) in [
        (formula, "5"), (formula, formula), (formula, formula + "+x-x"), ("5", formula),
      ] {
        let seconds = HostileAnswers.seconds(of: {
          _ = grader.grade(completion: "\\boxed{\(answer)}", reference: reference)
        })
        #expect(seconds < 10, "\(answer) is \(reference): \(seconds) s")
      }
    }
  }

  @Test func bracesAroundAFormulaChangeNothing() {
    let (open, close) = (String(repeating: "{", count: 30), String(repeating: "}", count: 30))
    #expect(grader.grade(completion: "$x+\(open)2x\(close)$", reference: "3x").verdict == .right)
    #expect(grader.grade(completion: "$1+{5 \\choose {3 \\choose 2}}$", reference: "11").verdict == .right)
    #expect(grader.grade(completion: "$|{5 \\choose 2}-20|$", reference: "10").verdict == .right)
  }

  @Test func listsThatAreTooLargeToCompareHaveNoVerdict() {
    let members = (1...250).map { "\\sqrt{\($0)+\\sqrt{\($0 + 1)}}" }
    let sets = stride(from: 0, to: 250, by: 25).map {
      "\\boxed{\(members[$0..<$0 + 25].joined(separator: ","))}"
    }
    let grade = grader.grade(
      completion: sets.joined(separator: ", "), reference: sets.reversed().joined(separator: ", "))
    #expect(
      grade.verdict == .abstain && grade.notes.map(\.code).contains("too-large-to-compare"), "\(grade)")
  }

  @Test func aListOverSeveralBoxesHasTheLimitOfOne() {
    let box = "\\boxed{\((1...200).map(String.init).joined(separator: ", "))}"
    let grade = grader.grade(completion: "\(box), \(box)", reference: "5")
    #expect(grade.verdict == .abstain && grade.notes.map(\.code).contains("too-many-elements"))
  }

  @Test func theLongestAnswersAreRead() {
    let longest = AnswerLimits().text
    let steps = HostileAnswer("so $x = \\frac{1}{2}$ and \\boxed{7} ", middle: "\n#### 18").text(
      bytes: longest)
    #expect(grader.grade(completion: steps, reference: "18").verdict == .right)
    #expect(grader.grade(completion: "#### 18", reference: steps).verdict == .right)
  }

  @Test func beyondTheGreatestLengthThereIsNoVerdict() {
    let long = String(repeating: " ", count: AnswerLimits().text)
    let completion = grader.grade(completion: long + "18", reference: "18")
    #expect(completion.verdict == .abstain && completion.notes.map(\.code) == ["completion-too-long"])
    let reference = grader.grade(completion: "18", reference: long + "18")
    #expect(reference.verdict == .abstain && reference.notes.map(\.code) == ["unreadable-reference"])
    #expect(grader.grade(completion: String(long.dropFirst(2)) + "18", reference: "18").verdict == .right)
  }
}
