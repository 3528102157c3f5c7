import MathReward
import Testing

/// What an answer is: letters, names, units. Each row is by the meaning of what is written.
struct AnswerKindTests {
  private let grader = MathGrader()

  private func verdict(_ completion: String, _ reference: String) -> Grade.Verdict {
    grader.grade(completion: "\\boxed{\(completion)}", reference: reference).verdict
  }

  @Test(arguments: [
    // Letters side by side are multiplied, unless they are a word.
    ("qp", "pq"), ("3yx", "3xy"), ("a(b+1)", "ab+a"), ("st - s", "s(t-1)"), ("\\text{no}", "no"),
    ("Oak", "oak"),
    // Names.
    ("y = 4, x = 3", "x = 3, y = 4"), ("n = 8", "8"), ("8", "n = 8"), ("a + b = 12", "12"), ("|PQ| = 6", "6"),
    ("g(2) = 9", "9"),
    ("\\frac{20}{4} = 5", "5"), ("6! = 720", "720"), ("y = 3x - 1", "f(x) = 3x - 1"),
    ("4x - 2y = 6", "y = 2x - 3"), ("x = \\frac{y}{2}", "y = 2x"),
    ("\\text{Area} = 7", "A = 7"), ("\\text{max} = 9, \\text{min} = 2", "\\text{min} = 2, \\text{max} = 9"),
    // Units.
    ("3 \\text{ m}", "300 \\text{ cm}"), ("90 \\text{ minutes}", "1.5 \\text{ hours}"),
    ("2 \\text{ dollars}", "200 \\text{ cents}"),
    ("4\\sqrt{5} \\text{ km}", "4\\sqrt5"), ("9\\pi", "9\\pi \\text{ m}^2"), ("(n+1) \\text{ pages}", "n+1"),
    ("12 apples", "12"), ("12 red apples", "12 apples"),
    ("60 \\text{ km/h}", "60 \\text{ kilometers per hour}"), ("1 \\text{ liter}", "1000 \\text{ cm}^3"),
    ("180 \\text{ degrees}", "\\pi \\text{ radians}"),
    ("3 dozen", "36"), ("2 \\text{ thirds}", "\\frac23"), ("4 hundred", "400"),
    ("5 \\text{ square feet}", "5 \\text{ ft}^2"),
  ])
  func acceptsTheSameAnswer(completion: String, reference: String) {
    #expect(verdict(completion, reference) == .right, "\(completion) for \(reference)")
  }

  @Test(arguments: [
    ("pq", "-pq"), ("24st", "2.4st"), ("mn - k", "mnk"), ("3ab", "-3ab"), ("to", "ot"),
    ("7.5 \\text{ times}", "75 \\text{ times}"),
    ("x = 4, y = 3", "x = 3, y = 4"), ("b = 8", "a = 8"),
    ("\\text{min} = 9, \\text{max} = 2", "\\text{min} = 2, \\text{max} = 9"),
    ("x^2 = 25", "25"), ("0 < x < 2", "0 < x < 1"), ("y < 7", "0 < x < 1"), ("-2 < x", "-2 < x < 6"),
    ("a < c < b", "a < b < c"), ("n", "n!"), ("k!", "k"),
    ("5 in", "5 cm"), ("5 gallons", "5 liters"), ("5 pounds", "5 ounces"), ("12", "a + 12 = 0"),
    ("y = 3x + 1", "y = 3x - 1"), ("2x - y = 5", "y = 2x + 5"),
    ("a + b = 13", "12"),
    ("3 \\text{ m}", "3 \\text{ cm}"), ("5 \\text{ hours}", "5 \\text{ kg}"),
    ("4 \\text{ cm}", "4 \\text{ cm}^2"), ("6 AM", "6 PM"),
    ("8 \\text{ km east}", "8 \\text{ km west}"), ("3 dozen", "3"), ("2 \\text{ thirds}", "2"),
    ("4 hundred", "4"), ("2 \\text{ dollars}", "2 \\text{ cents}"),
  ])
  func refusesAnother(completion: String, reference: String) {
    #expect(verdict(completion, reference) == .wrong, "\(completion) for \(reference)")
  }
}
