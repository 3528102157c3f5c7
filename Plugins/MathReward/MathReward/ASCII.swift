/// Classes of ASCII bytes. Bytes of longer code points belong to none of them.
extension UInt8 {
  var isDigit: Bool { self &- 0x30 < 10 }
  var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
  var isSpace: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) }
  var isNewline: Bool { self == 0x0A || self == 0x0D }
  var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}

extension ArraySlice<UInt8> {
  /// Whether the bytes from `index` on begin with `text`.
  func hasText(_ text: StaticString, at index: Int) -> Bool {
    guard index >= startIndex, endIndex - index >= text.utf8CodeUnitCount else { return false }
    for offset in 0..<text.utf8CodeUnitCount where self[index + offset] != text.utf8Start[offset] {
      return false
    }
    return true
  }

  /// As `hasText`, with the ASCII letters of the bytes lowercased first; `text` must be lowercase.
  func hasFoldedText(_ text: StaticString, at index: Int) -> Bool {
    guard index >= startIndex, endIndex - index >= text.utf8CodeUnitCount else { return false }
    for offset in 0..<text.utf8CodeUnitCount
    where self[index + offset].lowercased != text.utf8Start[offset] {
      return false
    }
    return true
  }

  /// The slice without ASCII white space at both ends.
  func trimmingSpaces() -> Self { trimming { $0.isSpace } }

  /// The slice without the bytes at both ends that satisfy `dropped`.
  func trimming(_ dropped: (UInt8) -> Bool) -> Self {
    var slice = self
    while let first = slice.first, dropped(first) { slice.removeFirst() }
    while let last = slice.last, dropped(last) { slice.removeLast() }
    return slice
  }

  /// Whether all bytes are equal to those of `text`.
  func equals(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && hasText(text, at: startIndex)
  }
}
