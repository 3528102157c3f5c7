extension Float {
  /// IEEE 754 binary16, by hand since `Float16` is not available everywhere.
  init(binary16 bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10 & 0x1F)
    let fraction = UInt32(bits & 0x3FF)
    if exponent == 0 {
      let magnitude = Float(fraction) * 0x1p-24
      self = sign == 0 ? magnitude : -magnitude
    } else {
      self.init(bitPattern: sign | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13)
    }
  }

  /// bfloat16, the upper half of a float32.
  init(brain16 bits: UInt16) { self.init(bitPattern: UInt32(bits) << 16) }
}
