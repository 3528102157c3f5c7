import MathReward
import Testing

struct FuzzTests {
  /// SplitMix64 (Steele, Lea, Flood 2014): a seeded source, so that a failure can be repeated.
  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let pieces = [
    "####", "\\boxed{", "\\fbox{", "}", "{", "\\frac", "\\dfrac", "\\sqrt[", "\\text{", "\\left(", "\\right)",
    "answer is", "Answer:", "A:", "<answer>", "</answer>", "$", "$$", "\\(", "\\)", "\\[", "\\]", "\\{",
    "\\}",
    "\\pm", "\\approx", "\\in", "=", "<=", ",", ";", ".", "!", "%", "\\%", "^", "_", "^\\circ", "^{\\circ",
    "e",
    "e+", "E-9", "1e99", "0", "7", "12", "345", "1,234", "3/4", ".5", "-", "+", "\u{2212}", "(", ")", "[",
    "]",
    " ", "\n", "\t", "\\", "\\\\", "\"", "x", "f(x)", "cm", "dollars", "percent", "million", " and ", " or ",
    "°",
    "²", "π", "\\sqrt{", "\\sqrt{2}", "^{64}", "^{-1}", "(x+y)", "\\sin", "\\log_2", "\\binom", "|", "\\cup",
    "<", "\\le",
    "\\begin{pmatrix}", "\\end{pmatrix}", "&", "\\\\", "\\mod", "gcd(", "sin(", "\\frac{1}{", "e^", "x_1",
    "\\sum_{k=1}^",
    "The answer is ", "not ", " but ", ", k \\in \\mathbb{Z}", "$$", "16th", "June ", "3:45 PM", "minus ",
    "\\begin{cases}",
    "a = 1\nb = 2", "f(x)=", "|x|<", "€", "\\$", "³", "₂", "≡", "\\pmod{3}", "5 m", "feet 6 inches", "\\ang{",
    "\\{x : x>", "C(5,2)", "no solution", "“", "•", "千克", "\u{FFFD}", "\u{0}", "\u{1}", "\u{2}", "\u{3}", "*",
    "'", ":",
  ]

  /// No trap, and spans inside the completion, on code-point borders where it is valid UTF-8.
  @Test func survivesRandomText() {
    let grader = MathGrader()
    var random = SplitMix(state: 20_260_508)
    for round in 0..<500_000 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...24, using: &random) {
        bytes += Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &random)].utf8
      }
      for _ in 0..<(round % 3) where !bytes.isEmpty {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        bytes[index] = UInt8.random(in: 0...255, using: &random)
      }
      let grade = grader.grade(completion: bytes, reference: Array("#### 5".utf8))
      if let range = grade.range {
        #expect(range.lowerBound >= 0 && range.upperBound <= bytes.count && !range.isEmpty)
      }
      let text = String(decoding: bytes, as: UTF8.self)
      let valid = Array(text.utf8)
      if let range = grader.grade(completion: valid, reference: valid).range {
        #expect(String(validating: valid[range], as: UTF8.self) != nil)
      }
    }
  }
}
