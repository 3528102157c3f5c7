internal import AnswerText

/// Finds the joints of an answer: outer brackets, separators of a list, the value of an assignment.
/// All of it looks at the top level of brackets only.
enum AnswerSplitter {
  struct Group {
    var open: UInt8
    var close: UInt8
    var inside: ArraySlice<UInt8>
  }

  static func nesting(_ byte: UInt8) -> Int {
    switch byte {
    case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"), MathSurface.setOpen: 1
    case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), MathSurface.setClose: -1
    default: 0
    }
  }

  /// The bracket pair that encloses all of `text`. The ends of an interval need not match: `[0, 1)`.
  static func enclosed(_ text: ArraySlice<UInt8>) -> Group? {
    guard let open = text.first, let close = text.last, nesting(open) == 1, nesting(close) == -1 else {
      return nil
    }
    let isInterval = { (byte: UInt8) in
      [UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]")].contains(byte)
    }
    guard isInterval(open) == isInterval(close) else { return nil }
    var depth = 0
    for index in text.indices {
      depth += nesting(text[index])
      if depth == 0, index < text.endIndex - 1 { return nil }
    }
    return depth == 0 ? Group(open: open, close: close, inside: text.dropFirst().dropLast()) : nil
  }

  /// The parts between separators (comma, semicolon, "and", "or"), or nil when there is no separator or more parts
  /// than can be compared in reasonable time. Outside of brackets `1,234` is one number, not two.
  static func parts(of text: ArraySlice<UInt8>, inBrackets: Bool = false) -> [ArraySlice<UInt8>]? {
    var parts: [ArraySlice<UInt8>] = []
    var start = text.startIndex
    var depth = 0
    var index = text.startIndex
    // In a matrix it separates cells.
    let isTable = text.contains(UInt8(ascii: "\\"))
    while index < text.endIndex {
      depth += nesting(text[index])
      let width = depth == 0 ? separatorWidth(text, at: index, thousands: !inBrackets, isTable: isTable) : 0
      if width > 0 {
        // An "and" behind a comma separates nothing more.
        let part = text[start..<index]
        if !part.trimmingSpaces().isEmpty || parts.isEmpty { parts.append(part) }
        start = index + width
      }
      index += max(1, width)
    }
    guard !parts.isEmpty, parts.count < mostParts else { return nil }
    return parts + [text[start...]]
  }

  /// Bounds the work; how many elements are too many is for ``AnswerLimits`` to say.
  private static let mostParts = 4_000

  private static func separatorWidth(_ text: ArraySlice<UInt8>, at index: Int, thousands: Bool, isTable: Bool)
    -> Int
  {
    switch text[index] {
    case UInt8(ascii: ";"): return 1
    case UInt8(ascii: "&"): return isTable ? 0 : 1
    case 0xD0: return text.hasText("или ", at: index) ? 7 : 0
    case UInt8(ascii: ","): return thousands && isThousandsComma(text, at: index) ? 0 : 1
    case MathSurface.quote:
      for word in ["\"and\"", "\" and \"", "\"or\"", "\" or \""] as [StaticString]
      where text.hasText(word, at: index) {
        return word.utf8CodeUnitCount
      }
      return 0
    case UInt8(ascii: "a"), UInt8(ascii: "o"), UInt8(ascii: "u"):
      guard index > text.startIndex, !text[index - 1].isLetter else { return 0 }
      for word in ["and", "or", "und", "oder"] as [StaticString] where text.hasText(word, at: index) {
        let end = index + word.utf8CodeUnitCount
        // A backslash before it makes it a command.
        guard text[index - 1] != UInt8(ascii: "\\"), end < text.endIndex, !text[end].isLetter else {
          return 0
        }
        return word.utf8CodeUnitCount
      }
      return 0
    default: return 0
    }
  }

  /// Whether the comma has a digit before it and exactly three behind it.
  private static func isThousandsComma(_ text: ArraySlice<UInt8>, at index: Int) -> Bool {
    guard index > text.startIndex, text[index - 1].isDigit, text.endIndex - index > 3 else { return false }
    guard text[(index + 1)...(index + 3)].allSatisfy(\.isDigit) else { return false }
    return index + 4 == text.endIndex || !text[index + 4].isDigit
  }

  /// What stands right of `x =`, `f(x) =`, `(p, q) =`, `x \in`, or at the end of a chain of equalities that begins
  /// with a variable or a sum of numbers; nil for an equation proper, as `a + 3z = 0`.
  ///
  /// A value that an approximation follows (`1/3 \approx 0.33`) is the one before.
  static func assignedValue(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var sides: [ArraySlice<UInt8>] = []
    var start = text.startIndex
    var depth = 0
    var index = text.startIndex
    var approximation: Int?
    while index < text.endIndex {
      depth += nesting(text[index])
      var width = 0
      if depth == 0 {
        if text.hasText("\\approx\u{1}", at: index) {
          if approximation == nil { approximation = sides.count }
          width = 8
        } else if text.hasText("\\in\u{1}", at: index) {
          width = 4
        } else if text[index] == UInt8(ascii: "="), !isComparison(text, at: index) {
          width = 1
        }
      }
      if width > 0 {
        sides.append(text[start..<index])
        start = index + width
      }
      index += max(1, width)
    }
    guard let first = sides.first else { return nil }
    sides.append(text[start...])
    let isNamed =
      first.trimmingSpaces().isEmpty || isVariable(first.trimming { $0.isSpace || $0 == MathSurface.quote })
    if let approximation, approximation > 0 || !isNamed { return sides[approximation] }
    // 3 + 4 = 7, but not 6 = 2x - y.
    let isComputation =
      isArithmetic(first)
      && (first.contains { "+-*/".utf8.contains($0) } || !(sides.last ?? []).contains(where: \.isLetter))
    return isNamed || isComputation ? sides.last : nil
  }

  /// What stands left of the first equals sign, if that is a name; without spaces and braces.
  static func name(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    let name = text[..<equals].trimming { $0.isSpace || $0 == MathSurface.quote }
    guard isVariable(name) else { return nil }
    let ignored: Set<UInt8> = [
      MathSurface.quote, MathSurface.commandEnd, UInt8(ascii: "{"), UInt8(ascii: "}"),
    ]
    return name.filter { !$0.isSpace && !ignored.contains($0) }
  }

  private static func isComparison(_ text: ArraySlice<UInt8>, at index: Int) -> Bool {
    guard index > text.startIndex else { return false }
    let previous = text[index - 1]
    return previous == UInt8(ascii: "<") || previous == UInt8(ascii: ">") || previous == UInt8(ascii: "!")
  }

  /// `x`, `x_1`, `\theta`, `f(x)`, `AB`, `A:B`, `\frac{AB}{CD}`, `(p, q)`; no digits but in a subscript.
  private static func isVariable(_ text: ArraySlice<UInt8>) -> Bool {
    guard let first = text.first, text.count <= 32 else { return false }
    // The inverse of a function.
    if let inverse = text.firstRange(ofText: "^{-1}(") {
      return isVariable(ArraySlice(text[..<inverse.lowerBound] + text[(inverse.upperBound - 1)...]))
    }
    if let group = enclosed(text), let parts = parts(of: group.inside, inBrackets: true) {
      return parts.allSatisfy { isVariable($0.trimmingSpaces()) }
    }
    guard first.isLetter || first == UInt8(ascii: "\\") else { return false }
    let name = text.prefix { $0 != UInt8(ascii: "(") }
    let argument = text[name.endIndex...]
    if !argument.isEmpty {
      guard let inside = enclosed(argument)?.inside,
        inside.allSatisfy({ $0.isLetter || " |,".utf8.contains($0) })
      else { return false }
    }
    let stem = name.prefix { $0 != UInt8(ascii: "_") }
    let isRatio = ["\\frac\u{1}", "\\overline\u{1}", "\\widehat\u{1}"].contains { text.starts(with: $0.utf8) }
    // Variables that are multiplied are an equation's side, and no name.
    if stem.count >= 2, argument.isEmpty, stem.allSatisfy({ $0.isLetter && $0.lowercased == $0 }),
      !LetterRun.isWord(stem)
    {
      return false
    }
    let isStem = stem.allSatisfy {
      $0.isLetter || $0.isSpace || $0 == UInt8(ascii: "\\") || $0 == MathSurface.commandEnd
        || $0 == UInt8(ascii: "'")
        || $0 == UInt8(ascii: ":") || (isRatio && (nesting($0) != 0))
    }
    return isStem
      && name[stem.endIndex...].allSatisfy { $0.isLetter || $0.isDigit || "_{}".utf8.contains($0) }
  }

  private static func isArithmetic(_ text: ArraySlice<UInt8>) -> Bool {
    text.contains(where: \.isDigit)
      && text.allSatisfy { $0.isDigit || $0.isSpace || "+-*/.,()%".utf8.contains($0) }
  }
}
