internal import AnswerText

/// Finds `\boxed{…}` and `\fbox{…}` with any nesting of braces inside, in one pass with an explicit stack.
enum BoxScanner {
  /// The inside of the last box, and of those before it that make one list with it: `\boxed{1}, \boxed{2}`,
  /// `\boxed{1} papers and \boxed{2} bins`.
  static func lastBoxes(in text: ArraySlice<UInt8>) -> [Range<Int>] {
    var scan = boxes(in: text)[...]
    guard var first = scan.popLast()?.inside else { return [] }
    var boxes = [first]
    while boxes.count < 64, let begin = begin(of: first, in: text) {
      // The last box of the text before this one.
      while let box = scan.last, box.end >= begin { scan.removeLast() }
      guard let before = scan.last?.inside,
        let end = text[before.upperBound...].firstIndex(of: UInt8(ascii: "}")), end < begin,
        joins(text[(end + 1)..<begin])
      else { break }
      boxes.insert(before, at: 0)
      first = before
    }
    return boxes
  }

  /// Where the command of a box begins.
  private static func begin(of inside: Range<Int>, in text: ArraySlice<UInt8>) -> Int? {
    text[..<inside.lowerBound].lastIndex(of: UInt8(ascii: "\\"))
  }

  /// Whether what stands between two boxes makes them one list: a comma, or "and", "or" after at most one word; a name
  /// with an equals sign may follow.
  private static func joins(_ between: ArraySlice<UInt8>) -> Bool {
    guard between.count <= 48, !between.contains(where: \.isNewline) else { return false }
    var rest = between
    if let equals = rest.lastIndex(of: UInt8(ascii: "=")) {
      guard rest[(equals + 1)...].allSatisfy({ $0.isSpace || $0 == UInt8(ascii: "$") }) else { return false }
      rest = rest[..<equals].trimmingSpaces()
      let name = rest.reversed().prefix { $0.isLetter || $0.isDigit || "_{}".utf8.contains($0) }.count
      guard name > 0, name <= 8 else { return false }
      rest = rest.dropLast(name)
    }
    guard !rest.contains(where: \.isDigit) else { return false }
    let words = words(rest)
    if words.isEmpty { return rest.contains(UInt8(ascii: ",")) || rest.contains(UInt8(ascii: ";")) }
    return words.count <= 2 && ["and", "or"].contains(words.last)
  }

  /// Runs of letters that are no commands.
  private static func words(_ text: ArraySlice<UInt8>) -> [String] {
    var words: [String] = []
    var index = text.startIndex
    while index < text.endIndex {
      var end = index
      while end < text.endIndex, text[end].isLetter { end += 1 }
      let isCommand = index > text.startIndex && text[index - 1] == UInt8(ascii: "\\")
      if end > index, !isCommand { words.append(String(decoding: text[index..<end], as: UTF8.self)) }
      index = max(end, index + 1)
    }
    return words
  }

  /// The inside of the closed box that begins last and is not empty. A box that a truncated completion leaves open
  /// does not count.
  static func lastBox(in text: ArraySlice<UInt8>) -> Range<Int>? { boxes(in: text).last?.inside }

  /// In order of their closing braces, each box that begins behind all those closed before it.
  private static func boxes(in text: ArraySlice<UInt8>) -> [(inside: Range<Int>, end: Int)] {
    /// Where the inside of each open brace begins, if it belongs to a box.
    var open: [Int?] = []
    var boxes: [(inside: Range<Int>, end: Int)] = []
    var index = text.startIndex
    while index < text.endIndex {
      switch text[index] {
      case UInt8(ascii: "\\"):
        if let inside = boxStart(text, at: index) {
          open.append(inside)
          index = inside
        } else {
          // The escaped byte may be a brace. A doubled backslash before a box is JSON seen raw, not a line break.
          index += boxStart(text, at: index + 1) == nil ? 2 : 1
        }
        continue
      case UInt8(ascii: "{"): open.append(nil)
      case UInt8(ascii: "}"):
        if let start = open.popLast() ?? nil, start > boxes.last?.inside.lowerBound ?? -1 {
          let inside = text[start..<index].trimmingSpaces()
          if !inside.isEmpty { boxes.append((inside.indices, index)) }
        }
      default: break
      }
      index += 1
    }
    return boxes
  }

  private static func boxStart(_ text: ArraySlice<UInt8>, at index: Int) -> Int? {
    let length = text.hasText("\\boxed", at: index) ? 6 : text.hasText("\\fbox", at: index) ? 5 : 0
    guard length > 0 else { return nil }
    var brace = index + length
    while brace < text.endIndex, text[brace].isSpace { brace += 1 }
    return brace < text.endIndex && text[brace] == UInt8(ascii: "{") ? brace + 1 : nil
  }
}
