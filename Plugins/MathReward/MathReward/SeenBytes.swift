/// Which ASCII bytes a text has: what saves most readings from being tried.
struct SeenBytes {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  init(_ text: ArraySlice<UInt8>) {
    for byte in text {
      if byte < 64 { low |= 1 << UInt64(byte) } else if byte < 128 { high |= 1 << UInt64(byte - 64) }
    }
  }

  func has(_ character: Unicode.Scalar) -> Bool {
    let byte = UInt8(ascii: character)
    return byte < 64 ? low >> UInt64(byte) & 1 == 1 : high >> UInt64(byte - 64) & 1 == 1
  }

  var hasDigit: Bool { low & 0x03FF_0000_0000_0000 != 0 }
  var hasLetter: Bool { high & 0x07FF_FFFE_07FF_FFFE != 0 }
}
