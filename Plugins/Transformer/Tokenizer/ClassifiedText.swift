/// Valid UTF-8 whose characters have classes; pieces of it are ranges of bytes.
struct ClassifiedText {
  let bytes: [UInt8]
  private let ascii = CharacterClass.ascii

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The scalar that begins at a place, and where the next one begins.
  func scalar(at start: Int) -> (scalar: Unicode.Scalar, end: Int) {
    let first = UInt32(bytes[start])
    if first < 0x80 { return (Unicode.Scalar(UInt8(first)), start + 1) }
    let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    var value = first & (0x7F >> UInt32(length))
    for index in start + 1..<min(start + length, bytes.count) {
      value = value << 6 | UInt32(bytes[index] & 0x3F)
    }
    return (Unicode.Scalar(value) ?? "\u{FFFD}", start + length)
  }

  /// Where the scalar begins that ends at a place.
  func start(before end: Int) -> Int {
    var at = end - 1
    while at > 0, bytes[at] & 0xC0 == 0x80 { at -= 1 }
    return at
  }

  /// The class of a character, and where the next one begins.
  func character(at start: Int) -> (kind: CharacterClass, end: Int) {
    let byte = bytes[start]
    if byte < 0x80 { return (ascii[Int(byte)], start + 1) }
    let (scalar, end) = scalar(at: start)
    return (CharacterClass(scalar), end)
  }

  func runEnd(of kind: CharacterClass, from start: Int, to end: Int, atMost limit: Int = .max) -> Int {
    var at = start
    var left = limit
    while at < end, left > 0 {
      let next = character(at: at)
      guard next.kind == kind else { return at }
      at = next.end
      left -= 1
    }
    return at
  }

  func isLineBreak(_ at: Int) -> Bool { bytes[at] == 10 || bytes[at] == 13 }
}
