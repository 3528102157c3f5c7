/// Classes of ASCII bytes. Bytes of longer code points belong to none of them.
extension UInt8 {
  /// `0` to `9`.
  @inlinable package var isDigit: Bool { self &- 0x30 < 10 }
  /// `a` to `z`, `A` to `Z`.
  @inlinable package var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
  /// A space, a tab, or what ends a line or a page.
  @inlinable package var isSpace: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) }
  /// A line feed or a carriage return.
  @inlinable package var isNewline: Bool { self == 0x0A || self == 0x0D }
  /// A capital letter as a small one; any other byte as it is.
  @inlinable package var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}

extension ArraySlice<UInt8> {
  /// Whether the bytes from `index` on begin with `text`.
  @inlinable package func hasText(_ text: StaticString, at index: Int) -> Bool {
    guard index >= startIndex, endIndex - index >= text.utf8CodeUnitCount else { return false }
    for offset in 0..<text.utf8CodeUnitCount where self[index + offset] != text.utf8Start[offset] {
      return false
    }
    return true
  }

  /// As `hasText`, with the ASCII letters of the bytes lowercased first; `text` must be lowercase.
  @inlinable package func hasFoldedText(_ text: StaticString, at index: Int) -> Bool {
    guard index >= startIndex, endIndex - index >= text.utf8CodeUnitCount else { return false }
    for offset in 0..<text.utf8CodeUnitCount
    where self[index + offset].lowercased != text.utf8Start[offset] {
      return false
    }
    return true
  }

  /// The slice without ASCII white space at both ends.
  @inlinable package func trimmingSpaces() -> Self { trimming { $0.isSpace } }

  /// The slice without the bytes at both ends that satisfy `dropped`.
  @inlinable package func trimming(_ dropped: (UInt8) -> Bool) -> Self {
    var slice = self
    while let first = slice.first, dropped(first) { slice.removeFirst() }
    while let last = slice.last, dropped(last) { slice.removeLast() }
    return slice
  }

  /// Whether all bytes are equal to those of `text`.
  @inlinable package func equals(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && hasText(text, at: startIndex)
  }

  /// The first occurrence of `text`.
  @inlinable package func firstRange(ofText text: StaticString) -> Range<Int>? {
    let (first, width) = (text.utf8Start[0], text.utf8CodeUnitCount)
    var index = startIndex
    while index <= endIndex - width {
      if self[index] == first, hasText(text, at: index) { return index..<(index + width) }
      index += 1
    }
    return nil
  }

  /// Where the last occurrence of the lowercase `marker` begins, whatever the case of the text.
  @inlinable package func lastIndex(ofFolded marker: StaticString) -> Int? {
    let first = marker.utf8Start[0]
    var index = endIndex - marker.utf8CodeUnitCount
    while index >= startIndex {
      if self[index].lowercased == first, hasFoldedText(marker, at: index) { return index }
      index -= 1
    }
    return nil
  }
}
