internal import AnswerText

/// What an answer says of its letters behind the answer itself: `, k \in \mathbb{Z}`, `for any constant c`, `(x > 0)`.
struct Qualifier: Equatable, Sendable {
  /// Its spelling without spaces; empty if it only says that a letter is free.
  let condition: [UInt8]
  /// The letter that is free, where it is one.
  let parameter: String?

  private init(_ text: ArraySlice<UInt8>) {
    let letters = text.split { !$0.isLetter }.filter { $0.count == 1 && $0.first != UInt8(ascii: "Z") }
    parameter = letters.count == 1 ? letters.first.map { String(decoding: $0, as: UTF8.self) } : nil
    let compact = AnswerText(surface: text).compact.map(\.lowercased)
    let isFree = Self.freeing.contains { compact[...].firstRange(ofText: $0) != nil }
    condition = isFree ? [] : compact.filter { $0.isDigit || "<>=-.!".utf8.contains($0) || $0.isLetter }
  }

  private static let freeing: [StaticString] = ["\\in\u{1}", "integer", "constant", "isreal", "realnumber"]

  /// Whether answers that both are qualified may be the same.
  func agrees(with other: Qualifier) -> Bool {
    condition.isEmpty || other.condition.isEmpty || condition == other.condition
  }

  /// The answer and its qualifier; nil where there is none.
  static func split(_ text: ArraySlice<UInt8>) -> (answer: ArraySlice<UInt8>, qualifier: Qualifier)? {
    var depth = 0
    for index in text.indices.dropFirst() {
      let byte = text[index]
      if depth == 0, let start = start(text, at: index) {
        let answer = text[..<index].trimming { $0.isSpace || ",;".utf8.contains($0) }
        return answer.isEmpty ? nil : (answer, Qualifier(text[start...]))
      }
      depth += AnswerSplitter.nesting(byte)
    }
    return nil
  }

  /// Where a qualifier that begins at `index` has its text.
  private static func start(_ text: ArraySlice<UInt8>, at index: Int) -> Int? {
    switch text[index] {
    case UInt8(ascii: ","), UInt8(ascii: ";"):
      let rest = text[(index + 1)...].drop { $0.isSpace }
      return isMembership(rest) || isBound(rest, behind: text[..<index]) ? rest.startIndex : nil
    case UInt8(ascii: "("):
      guard let last = text.last, last == UInt8(ascii: ")"),
        text[index - 1].isSpace || text[index - 1] == MathSurface.quote
      else { return nil }
      return isMembership(text[(index + 1)...].dropLast()) ? index + 1 : nil
    case MathSurface.quote:
      let rest = text[(index + 1)...].drop {
        $0.isSpace || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "(")
      }
      return words.contains { rest.hasFoldedText($0, at: rest.startIndex) } ? rest.startIndex : nil
    default:
      guard text[index - 1].isSpace,
        let word = words.first(where: { text.hasFoldedText($0, at: index) })
      else { return nil }
      return isAboutLetters(text[(index + word.utf8CodeUnitCount)...]) ? index : nil
    }
  }

  /// "for all x", "where k is …", "if x > 0", but not "for 9 people".
  private static func isAboutLetters(_ text: ArraySlice<UInt8>) -> Bool {
    if quantifiers.contains(where: { text.hasFoldedText($0, at: text.startIndex) }) { return true }
    let rest = text.drop { $0 == UInt8(ascii: "$") || $0.isSpace }
    guard let letter = rest.first, letter.isLetter else { return false }
    let next = rest.dropFirst().drop { $0.isSpace }
    return next.first.map { "<>=!\\".utf8.contains($0) } == true || next.starts(with: "is ".utf8)
  }

  private static let quantifiers: [StaticString] = [
    "all ", "any ", "every ", "each ", "some ", "integer", "real ", "positive ",
  ]

  private static let words: [StaticString] = [
    "for ", "where ", "when ", "whenever ", "with ", "provided ", "if ",
  ]

  /// `x > 0` behind a formula that is no relation itself.
  private static func isBound(_ text: ArraySlice<UInt8>, behind answer: ArraySlice<UInt8>) -> Bool {
    guard let letter = text.first, letter.isLetter, answer.contains(letter),
      !answer.contains(where: { "<>=".utf8.contains($0) })
    else {
      return false
    }
    return text.dropFirst().drop { $0.isSpace }.first.map { "<>".utf8.contains($0) } == true
  }

  /// `k \in …`.
  private static func isMembership(_ text: ArraySlice<UInt8>) -> Bool {
    let name = text.prefix { $0.isLetter || $0.isSpace || $0 == UInt8(ascii: ",") }
    return !name.isEmpty && name.count <= 8 && text.hasText("\\in\u{1}", at: name.endIndex)
  }

  /// `x \in \mathbb{R}, x \ne 2`: what is said behind the membership; nil for anything else.
  static func behindMembership(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard isMembership(text), let comma = text.firstIndex(of: UInt8(ascii: ",")) else { return nil }
    let rest = text[(comma + 1)...].trimmingSpaces()
    let brackets = [UInt8(ascii: "["), UInt8(ascii: "("), MathSurface.setOpen]
    return rest.isEmpty || text[..<comma].contains(where: brackets.contains) ? nil : rest
  }
}
