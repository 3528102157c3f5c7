/// Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
///
/// A number depends on seed, stream and index only, never on what was drawn before.
struct Philox: Sendable {
  private let key: (UInt32, UInt32)

  init(seed: UInt64) { key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)) }

  /// One block of 128 random bits.
  func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var c = counter
    var (k0, k1) = key
    for _ in 0..<10 {
      let a = UInt64(c[0]) * 0xD251_1F53
      let b = UInt64(c[2]) * 0xCD9E_8D57
      c = SIMD4(
        UInt32(truncatingIfNeeded: b >> 32) ^ c[1] ^ k0, UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: a >> 32) ^ c[3] ^ k1, UInt32(truncatingIfNeeded: a))
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return c
  }

  private func words(_ index: UInt64, _ stream: UInt64) -> (UInt64, UInt64) {
    let c = block(
      SIMD4(
        UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
        UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)))
    return (UInt64(c[0]) | UInt64(c[1]) << 32, UInt64(c[2]) | UInt64(c[3]) << 32)
  }

  /// Uniform in 0..<1, with 53 random bits.
  func uniform(_ index: UInt64, stream: UInt64) -> Double {
    Double(words(index, stream).0 >> 11) * 0x1p-53
  }

  /// Two independent standard normal numbers (Box and Muller 1958).
  func normals(_ index: UInt64, stream: UInt64) -> (Double, Double) {
    let (a, b) = words(index, stream)
    // 1 - u is in 0..1 without 0, so that the logarithm is finite.
    let radius = (-2 * logarithm(1 - Double(a >> 11) * 0x1p-53)).squareRoot()
    let angle = 2 * Double.pi * Double(b >> 11) * 0x1p-53
    return (radius * cosine(angle), radius * sine(angle))
  }
}
