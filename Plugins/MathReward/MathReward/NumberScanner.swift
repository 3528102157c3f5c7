internal import AnswerText

/// Finds numbers in running text: `-1,234.50`, `3/4`, `1.5e3`, `12:00`, `50%`, `\frac{1}{2}`. Digits that belong to
/// a name, an index or an exponent (`x2`, `a_1`, `m^2`) are none.
struct NumberScanner {
  let text: ArraySlice<UInt8>

  func first() -> Range<Int>? {
    var index = text.startIndex
    while index < text.endIndex {
      let (number, next) = step(at: index)
      if let number { return number }
      index = next
    }
    return nil
  }

  func last() -> Range<Int>? {
    var last: Range<Int>?
    var index = text.startIndex
    while index < text.endIndex {
      let (number, next) = step(at: index)
      if let number { last = number }
      index = next
    }
    return last
  }

  private func step(at index: Int) -> (number: Range<Int>?, next: Int) {
    if text[index] == UInt8(ascii: "\\"), let end = fractionEnd(at: index) {
      return (signStart(before: index)..<end, end)
    }
    let isPoint = text[index] == UInt8(ascii: ".")
    guard isDigit(index) || (isPoint && isDigit(index + 1)) else { return (nil, index + 1) }
    let end = tokenEnd(from: index)
    return (belongsToName(index) ? nil : signStart(before: index)..<end, end)
  }

  private func isDigit(_ index: Int) -> Bool { text.indices.contains(index) && text[index].isDigit }

  private func isByte(_ character: Unicode.Scalar, at index: Int) -> Bool {
    text.indices.contains(index) && text[index] == UInt8(ascii: character)
  }

  private func belongsToName(_ index: Int) -> Bool {
    guard index > text.startIndex else { return false }
    if isNumbered(index) { return true }
    let before = isByte("{", at: index - 1) ? index - 2 : index - 1
    guard before >= text.startIndex else { return false }
    let byte = text[before]
    let isName = before == index - 1 && byte.isLetter
    return isName || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "^")
  }

  /// Whether it counts the parts of a text: "Step 4".
  private func isNumbered(_ index: Int) -> Bool {
    let before = text[..<index].suffix(10)
    guard before.last?.isSpace == true else { return false }
    return Self.parts.contains { part in
      before.count > part.utf8CodeUnitCount
        && before.hasFoldedText(part, at: before.endIndex - 1 - part.utf8CodeUnitCount)
    }
  }

  private static let parts: [StaticString] = [
    "step", "case", "part", "problem", "question", "example", "equation", "figure", "section", "lemma",
  ]

  private func tokenEnd(from start: Int) -> Int {
    var index = start
    while index < text.endIndex {
      let next = index + 1
      switch text[index] {
      case _ where text[index].isDigit: index = next
      case UInt8(ascii: ","):
        let group = next..<(next + 3)
        let isThousands = group.allSatisfy(isDigit) && !isDigit(next + 3)
        // 2,74 without a space is a decimal, or a list that is one answer.
        let isPair = isDigit(next) && isDigit(next + 1) && !isDigit(next + 2) && !isByte(",", at: next + 2)
        guard isThousands || isPair else { return index }
        index = next
      case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ":"):
        guard isDigit(next) else { return percentEnd(from: index) }
        index = next
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        let isSigned = isByte("-", at: next) || isByte("+", at: next)
        guard isDigit(isSigned ? next + 1 : next) else { return index }
        index = isSigned ? next + 1 : next
      default: return percentEnd(from: index)
      }
    }
    return index
  }

  private func percentEnd(from end: Int) -> Int {
    var index = end
    while index < text.endIndex, text[index] == 0x20, index - end < 2 { index += 1 }
    if isByte("\\", at: index) { index += 1 }
    return isByte("%", at: index) ? index + 1 : end
  }

  /// Where the number begins when a sign, with or without a dollar sign, stands before it; a minus between two
  /// operands is no sign.
  private func signStart(before start: Int) -> Int {
    var index = start
    if isByte("$", at: index - 1), isByte("-", at: index - 2) { index -= 1 }
    var sign = index
    if isByte("-", at: index - 1) || isByte("+", at: index - 1) { sign = index - 1 }
    if index - 3 >= text.startIndex, text.hasText("\u{2212}", at: index - 3) { sign = index - 3 }
    guard sign < index else { return start }
    guard sign > text.startIndex else { return sign }
    let before = text[sign - 1]
    let isOperand = before.isDigit || before.isLetter || ")}]".utf8.contains(before)
    return isOperand ? start : sign
  }

  /// The end of `\frac{a}{b}` with plain short arguments.
  private func fractionEnd(at start: Int) -> Int? {
    var index = start + 1
    if let letter = text.dropFirst(index - text.startIndex).first, "dtc".utf8.contains(letter) { index += 1 }
    guard text.hasText("frac", at: index) else { return nil }
    index += 4
    for _ in 0..<2 {
      while isByte(" ", at: index) { index += 1 }
      if isByte("{", at: index) {
        guard let close = text[index...].prefix(64).firstIndex(of: UInt8(ascii: "}")),
          text[(index + 1)..<close].contains(where: \.isDigit),
          !text[(index + 1)..<close].contains(where: { $0.isLetter || $0 == UInt8(ascii: "\\") })
        else { return nil }
        index = close + 1
      } else {
        guard isDigit(index) else { return nil }
        index += 1
      }
    }
    return index
  }
}
