@_spi(_Unicode) internal import Swift

/// Unicode normalisation form C.
func composed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
  // Below U+0300 nothing combines.
  guard scalars.contains(where: { $0.value >= 0x300 }) else { return scalars }
  var text = String.UnicodeScalarView()
  text.append(contentsOf: scalars)
  return Array(String(text)._nfc)
}
