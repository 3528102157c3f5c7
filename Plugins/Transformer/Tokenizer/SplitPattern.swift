/// The regular expressions that byte-level tokenizers split text with: the usual ones as hand-written scanners.
enum SplitPattern: Equatable {
  case gpt2
  /// cl100k and its relatives: letters with one leading character, at most `digits` digits together.
  case cl100k(digits: Int)
  case expression(SplitProgram)

  static let gpt2Source =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
  private static let cl100kHead = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#
  private static let cl100kTail = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// The scanner for an expression; nil when something in it is not known.
  init?(source: String) {
    switch source {
    case Self.gpt2Source: self = .gpt2
    case Self.cl100kHead + #"\p{N}"# + Self.cl100kTail: self = .cl100k(digits: 1)
    case Self.cl100kHead + #"\p{N}{1,3}"# + Self.cl100kTail: self = .cl100k(digits: 3)
    default:
      guard let program = SplitExpression.program(source), !program.matchesNothing else { return nil }
      self = .expression(program)
    }
  }

  /// End of the match that begins at `start`, or of the text before the next one; the scanners match everywhere.
  func segment(_ text: ClassifiedText, from start: Int, to end: Int) -> (end: Int, isMatch: Bool) {
    switch self {
    case .gpt2: (Self.gpt2End(text, start, end), true)
    case .cl100k(let digits): (Self.cl100kEnd(text, start, end, digits), true)
    case .expression(let program): program.segment(text, from: start, to: end)
    }
  }

  private static func gpt2End(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int {
    if let contraction = contractionEnd(text, start, end, anyCase: false) { return contraction }
    let first = text.bytes[start] == UInt8(ascii: " ") ? start + 1 : start
    if first < end {
      let (kind, next) = text.character(at: first)
      if kind != .space { return text.runEnd(of: kind, from: next, to: end) }
    }
    return spaceEnd(text, start, text.runEnd(of: .space, from: start, to: end), end)
  }

  private static func cl100kEnd(_ text: ClassifiedText, _ start: Int, _ end: Int, _ digits: Int) -> Int {
    if let contraction = contractionEnd(text, start, end, anyCase: true) { return contraction }
    let (kind, next) = text.character(at: start)
    switch kind {
    case .letter: return text.runEnd(of: .letter, from: next, to: end)
    case .number: return text.runEnd(of: .number, from: next, to: end, atMost: digits - 1)
    case .other, .space: break
    }
    if next < end, !text.isLineBreak(start) {
      let second = text.character(at: next)
      if second.kind == .letter { return text.runEnd(of: .letter, from: second.end, to: end) }
    }
    let first = text.bytes[start] == UInt8(ascii: " ") ? start + 1 : start
    if first < end, text.character(at: first).kind == .other {
      var at = text.runEnd(of: .other, from: first, to: end)
      while at < end, text.isLineBreak(at) { at += 1 }
      return at
    }
    let run = text.runEnd(of: .space, from: start, to: end)
    // \s*[\r\n]+ ends with the last line break of the run
    var at = run
    while at > start, !text.isLineBreak(at - 1) { at -= 1 }
    return at > start ? at : spaceEnd(text, start, run, end)
  }

  /// \s+(?!\S)|\s+ : the last space of a run belongs to what follows.
  private static func spaceEnd(_ text: ClassifiedText, _ start: Int, _ run: Int, _ end: Int) -> Int {
    guard run < end else { return run }
    let last = text.start(before: run)
    return last > start ? last : run
  }

  private static func contractionEnd(_ text: ClassifiedText, _ start: Int, _ end: Int, anyCase: Bool) -> Int?
  {
    guard text.bytes[start] == UInt8(ascii: "'"), start + 1 < end else { return nil }
    func letter(_ at: Int) -> UInt8 {
      guard at < end else { return 0 }
      let byte = text.bytes[at]
      return anyCase && (65...90).contains(byte) ? byte + 32 : byte
    }
    switch letter(start + 1) {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return letter(start + 2) == UInt8(ascii: "e") ? start + 3 : nil
    case UInt8(ascii: "l"): return letter(start + 2) == UInt8(ascii: "l") ? start + 3 : nil
    // U+017F, the long s, is an s in any case.
    case 0xC5 where anyCase && letter(start + 2) == 0xBF: return start + 3
    default: return nil
    }
  }
}
