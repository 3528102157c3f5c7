@_spi(_Unicode) internal import Swift

/// Unicode normalization form C of valid UTF-8.
func composed(_ text: [UInt8]) -> [UInt8] {
  // Below U+0300, whose first byte is 0xCC, nothing combines.
  guard text.contains(where: { $0 >= 0xCC }) else { return text }
  var result = String.UnicodeScalarView()
  result.append(contentsOf: String(decoding: text, as: UTF8.self)._nfc)
  return Array(String(result).utf8)
}
