/// DAPO's soft punishment of overlong answers (Yu et al. 2025, arXiv:2503.14476, equation 13): 0 up to
/// `maximum - buffer`, then linear, `((maximum - buffer) - length) / buffer`, down to -1 at `maximum` and beyond.
struct Overlong {
  let maximum: Int
  /// 1...maximum.
  let buffer: Int

  func penalty(_ length: Int) -> Double {
    let free = maximum - buffer
    guard length > free else { return 0 }
    guard length < maximum else { return -1 }
    return Double(free - length) / Double(buffer)
  }
}
