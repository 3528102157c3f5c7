/// Finds `\boxed{…}` and `\fbox{…}` with any nesting of braces inside, in one pass with an explicit stack.
enum BoxScanner {
  /// The inside of the closed box that begins last and is not empty. A box that a truncated completion leaves open
  /// does not count.
  static func lastBox(in text: ArraySlice<UInt8>) -> Range<Int>? {
    /// Where the inside of each open brace begins, if it belongs to a box.
    var open: [Int?] = []
    var last: Range<Int>?
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
        if let start = open.popLast() ?? nil, start > last?.lowerBound ?? -1 {
          let inside = text[start..<index].trimmingSpaces()
          if !inside.isEmpty { last = inside.indices }
        }
      default: break
      }
      index += 1
    }
    return last
  }

  private static func boxStart(_ text: ArraySlice<UInt8>, at index: Int) -> Int? {
    let length = text.hasText("\\boxed", at: index) ? 6 : text.hasText("\\fbox", at: index) ? 5 : 0
    guard length > 0 else { return nil }
    var brace = index + length
    while brace < text.endIndex, text[brace].isSpace { brace += 1 }
    return brace < text.endIndex && text[brace] == UInt8(ascii: "{") ? brace + 1 : nil
  }
}
