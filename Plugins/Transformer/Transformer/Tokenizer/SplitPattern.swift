/// The regular expressions that byte-level tokenisers split text with, as hand-written scanners.
enum SplitPattern: Equatable {
  case gpt2
  /// cl100k and its relatives: letters with one leading character, at most `digits` digits together.
  case cl100k(digits: Int)

  static let gpt2Source =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
  private static let cl100kHead = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#
  private static let cl100kTail = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// The scanner for an expression; nil when there is none.
  init?(source: String) {
    switch source {
    case Self.gpt2Source: self = .gpt2
    case Self.cl100kHead + #"\p{N}"# + Self.cl100kTail: self = .cl100k(digits: 1)
    case Self.cl100kHead + #"\p{N}{1,3}"# + Self.cl100kTail: self = .cl100k(digits: 3)
    default: return nil
    }
  }

  /// End of the piece that begins at `start`.
  func pieceEnd(_ text: ClassifiedText, from start: Int, to end: Int) -> Int {
    switch self {
    case .gpt2: Self.gpt2End(text, start, end)
    case .cl100k(let digits): Self.cl100kEnd(text, start, end, digits)
    }
  }

  private static func gpt2End(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int {
    if let contraction = contractionEnd(text, start, end, anyCase: false) { return contraction }
    let first = text.scalars[start] == " " ? start + 1 : start
    if first < end, text.classes[first] != .space {
      return text.runEnd(of: text.classes[first], from: first, to: end)
    }
    return spaceEnd(text, start, end)
  }

  private static func cl100kEnd(_ text: ClassifiedText, _ start: Int, _ end: Int, _ digits: Int) -> Int {
    if let contraction = contractionEnd(text, start, end, anyCase: true) { return contraction }
    let kind = text.classes[start]
    if kind == .letter { return text.runEnd(of: .letter, from: start, to: end) }
    let isNewline = text.scalars[start] == "\r" || text.scalars[start] == "\n"
    if !isNewline, kind != .number, start + 1 < end, text.classes[start + 1] == .letter {
      return text.runEnd(of: .letter, from: start + 1, to: end)
    }
    if kind == .number { return text.runEnd(of: .number, from: start, to: min(end, start + digits)) }
    let first = text.scalars[start] == " " ? start + 1 : start
    if first < end, text.classes[first] == .other {
      var at = text.runEnd(of: .other, from: first, to: end)
      while at < end, text.scalars[at] == "\r" || text.scalars[at] == "\n" { at += 1 }
      return at
    }
    // \s*[\r\n]+ ends with the last line break of the run
    let run = text.runEnd(of: .space, from: start, to: end)
    if let last = (start..<run).last(where: { text.scalars[$0] == "\r" || text.scalars[$0] == "\n" }) {
      return last + 1
    }
    return spaceEnd(text, start, end)
  }

  /// \s+(?!\S)|\s+ : the last space of a run belongs to what follows.
  private static func spaceEnd(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int {
    let run = text.runEnd(of: .space, from: start, to: end)
    return run < end && run - start > 1 ? run - 1 : run
  }

  private static func contractionEnd(_ text: ClassifiedText, _ start: Int, _ end: Int, anyCase: Bool) -> Int?
  {
    guard text.scalars[start] == "'", start + 1 < end else { return nil }
    func letter(_ at: Int) -> Unicode.Scalar {
      guard at < end else { return "\0" }
      let scalar = text.scalars[at]
      guard anyCase else { return scalar }
      if scalar == "\u{17F}" { return "s" }
      return (65...90).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar
    }
    switch letter(start + 1) {
    case "s", "t", "m", "d": return start + 2
    case "r", "v": return letter(start + 2) == "e" ? start + 3 : nil
    case "l": return letter(start + 2) == "l" ? start + 3 : nil
    default: return nil
    }
  }
}
