import Foundation

/// A text of any length that does its best to make a reward slow: what looping models write, and what people write who
/// mean harm.
public struct HostileAnswer: Sendable, CustomStringConvertible {
  /// Stands once, in front.
  let opening: String
  /// Comes again and again.
  let unit: String
  /// Stands once, behind the units.
  let middle: String
  /// Comes as often as the unit, behind the middle: closes what the units open.
  let closing: String

  /// - Parameter unit: what fills the text.
  public init(_ unit: String, after opening: String = "", middle: String = "", closing: String = "") {
    (self.opening, self.unit, self.middle, self.closing) = (opening, unit, middle, closing)
  }

  /// The text, as long as `bytes` or a little shorter.
  public func text(bytes: Int) -> String {
    let pair = unit.utf8.count + closing.utf8.count
    let count = max(0, bytes - opening.utf8.count - middle.utf8.count) / max(1, pair)
    return opening + String(repeating: unit, count: count) + middle + String(repeating: closing, count: count)
  }

  /// For messages of tests.
  public var description: String {
    "\(opening.debugDescription) \(unit.debugDescription)… \(middle) \(closing.debugDescription)"
  }
}

/// Whether the time that something takes grows with the length of its input, and not faster.
///
/// A new hostile answer is one more line of ``rows``; every reward that reads answers is tried with it.
public enum HostileAnswers {
  /// What answers are made of.
  public static let fragments = [
    "####", "\\boxed{", "\\fbox{", "{", "}", "\\frac{", "\\sqrt{", "\\text{", "\\left(", "\\begin{pmatrix}",
    "answer is ", "The answer is not A, ", "Answer: ", "A: ", "<answer>", "</answer>", "<think>", "</think>",
    "$", "$$", "\\(", "\\)", "\\[", "\\{", "\\\\", "\\", "\"", "'", "’", "|", "**", "*", "_", "^", "=", "<",
    "&",
    ",", ";", ".", "!", "?", ":", "-", "/", "%", "(", ")", "[", "]", "(A)", "A ", "B. ", "7", "1,234 ",
    "3/4 ",
    "1e99 ", "x", "or ", "and ", "not ", "because ", "if ", "so ", "I choose ", "no wait, ", "is correct ",
    "is wrong ", "option ", "shelf ", "ant bee ", "\n", "\r\n", "\t", " ", "\0", "é", "e\u{301}", "\u{301}",
    "中", "\u{200D}", "👩‍👧", "🇩🇪", "क्",
  ]

  /// The fragments with a word between, and side by side in an answer; and what is worse than they are.
  public static let rows: [HostileAnswer] =
    fragments.flatMap {
      [
        HostileAnswer($0 + " x "), HostileAnswer($0, after: "The answer is "),
      ]
    } + [
      HostileAnswer("Answer: (A) or (B) or "), HostileAnswer("The answer is (A). Wait, "),
      HostileAnswer("the answer is not A and not B, "), HostileAnswer("Answer: A, no wait, B, "),
      HostileAnswer("if the answer "), HostileAnswer("A is B is "), HostileAnswer("neither A nor "),
      HostileAnswer("a b a b a b "), HostileAnswer("A a b a b ", after: "Answer: "),
      HostileAnswer("<answer>x "), HostileAnswer("<answer>", middle: "B", closing: "</answer>"),
      HostileAnswer("\\boxed{", middle: "B", closing: "}"),
      HostileAnswer("\\boxed{x ", middle: "B", closing: "} "),
      HostileAnswer("\\boxed{ ", middle: " ", closing: "}"),
      HostileAnswer("\\boxed{\\frac{1}{", middle: "2", closing: "}}"),
      HostileAnswer("\\boxed{1}, "), HostileAnswer("\\boxed{A} and "),
      HostileAnswer("{", middle: "+", closing: "}"),
      HostileAnswer("(", middle: "A", closing: ")"), HostileAnswer("$x$ "), HostileAnswer("answer is . "),
      HostileAnswer("answer: $", after: "Answer: "), HostileAnswer("answer = * * * "),
      HostileAnswer("1 2 1 ", middle: "3 "), HostileAnswer("<think>a</think>"), HostileAnswer("word "),
    ]

  /// The rows for which the work grows faster than the length: more than twelvefold, and by more than a moment, from one
  /// length to four times that, where it is fourfold when it is linear and sixteenfold when it is quadratic. The time is
  /// that of the processor, the least of three tries, so that a busy machine does not matter.
  public static func tooSteep(
    _ rows: [HostileAnswer] = rows, bytes: Int = 1_000, work: (String) -> Void
  ) -> [String] {
    rows.compactMap { row in
      let (short, long) = (row.text(bytes: bytes), row.text(bytes: 4 * bytes))
      var least: (short: Double, long: Double) = (.infinity, .infinity)
      for _ in 0..<3 {
        least.short = min(least.short, seconds(of: { work(short) }))
        least.long = min(least.long, seconds(of: { work(long) }))
        if least.long <= 12 * least.short + moment { return nil }
      }
      return "\(row): \(least.short) s, then \(least.long) s"
    }
  }

  /// What is too little to be measured.
  private static let moment = 0.02

  /// Processor time of this thread.
  public static func seconds(of work: () -> Void) -> Double {
    let start = clock()
    work()
    return clock() - start
  }

  private static func clock() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
