internal import AnswerText

/// Finds formulas between dollar signs or `\(…\)`, `\[…\]`, and keeps them apart from prices.
enum FormulaScanner {
  /// The formula, with its delimiters, that begins at `start`.
  static func formula(in text: ArraySlice<UInt8>, at start: Int) -> Range<Int>? {
    if text.hasText("\\(", at: start) { return formula(in: text, from: start, to: "\\)") }
    if text.hasText("\\[", at: start) { return formula(in: text, from: start, to: "\\]") }
    guard text.hasText("$", at: start) else { return nil }
    let isDisplay = text.hasText("$$", at: start)
    let inside = start + (isDisplay ? 2 : 1)
    var end = inside
    while end < text.endIndex, text[end] != UInt8(ascii: "$") {
      end += text[end] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard end < text.endIndex, isDisplay ? text.hasText("$$", at: end) : isFormula(text, inside..<end) else {
      return nil
    }
    return start..<(end + inside - start)
  }

  private static func formula(
    in text: ArraySlice<UInt8>, from start: Int, to close: StaticString
  ) -> Range<Int>? {
    var end = start + 2
    while end < text.endIndex {
      if text.hasText(close, at: end) { return start..<(end + 2) }
      end += text[end] == UInt8(ascii: "\\") ? 2 : 1
    }
    return nil
  }

  /// The last formula, without its delimiters.
  static func last(in text: ArraySlice<UInt8>) -> Range<Int>? {
    var last: Range<Int>?
    // A letter alone is what is talked about.
    func take(_ inside: Range<Int>) {
      let formula = text[inside].trimmingSpaces()
      if !formula.isEmpty, formula.count > 1 || formula.first?.isLetter == false || last == nil {
        last = inside
      }
    }
    /// Where the inside begins, for each kind of delimiter that is open.
    var dollar: Int?
    var display: Int?
    var round: Int?
    var square: Int?
    var index = text.startIndex
    while index < text.endIndex {
      switch text[index] {
      case UInt8(ascii: "\\"):
        if text.hasText("\\(", at: index) { round = index + 2 }
        if text.hasText("\\[", at: index) { square = index + 2 }
        if let start = round, text.hasText("\\)", at: index) {
          take(start..<index)
          round = nil
        }
        if let start = square, text.hasText("\\]", at: index) {
          take(start..<index)
          square = nil
        }
        index += 1
      case UInt8(ascii: "$") where text.hasText("$$", at: index):
        if let start = display {
          take(start..<index)
          display = nil
        } else {
          display = index + 2
        }
        dollar = nil
        index += 1
      case UInt8(ascii: "$"):
        if let start = dollar, isFormula(text, start..<index) {
          take(start..<index)
          dollar = nil
        } else {
          dollar = index + 1
        }
      default: break
      }
      index += 1
    }
    return last
  }

  /// Whether `text` is one formula from its first byte to its last.
  static func isFormulaAlone(_ text: ArraySlice<UInt8>) -> Bool {
    let inside = text.dropFirst().dropLast()
    if text.count > 2, text.first == UInt8(ascii: "$"), text.last == UInt8(ascii: "$"),
      !inside.contains(UInt8(ascii: "$"))
    {
      return inside.contains(UInt8(ascii: "\\")) || !AnswerExtraction.hasWords(inside)
    }
    return formula(in: text, at: text.startIndex) == text.indices
  }

  /// Pandoc's rule that tells a formula from two prices (no space inside the delimiters, no digit behind), or a
  /// command inside; and no words but in commands.
  private static func isFormula(_ text: ArraySlice<UInt8>, _ inside: Range<Int>) -> Bool {
    let formula = text[inside]
    guard let first = formula.first, let last = formula.last else { return false }
    let behind = inside.upperBound + 1
    guard behind >= text.endIndex || !text[behind].isDigit else { return false }
    let isTight = !first.isSpace && !last.isSpace
    if formula.contains(UInt8(ascii: "\\")), !formula.contains(where: \.isNewline) {
      return isTight || !AnswerExtraction.hasWords(formula)
    }
    return isTight && !AnswerExtraction.hasWords(formula)
  }
}
