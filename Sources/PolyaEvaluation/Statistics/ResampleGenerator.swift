/// Draws question indices for resampling. Each draw depends only on its position, never on earlier draws.
///
/// A draw is the SplitMix64 output (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
/// generators", figure 17, `mix64`) at position (resample, draw) of the stream that `seed` selects. Thus
/// resamples can be computed in any order with the same result.
struct ResampleGenerator: Sendable {
  private let key: UInt64

  init(seed: UInt64) {
    key = Self.mix(seed &+ Self.golden)
  }

  /// Returns the key of one resample, from which its draws are derived.
  func stream(_ resample: Int) -> UInt64 {
    Self.mix(key ^ Self.mix(UInt64(resample) &* Self.golden))
  }

  /// Returns an index in 0..<count. The bias of the multiplication is below count / 2^64.
  static func index(stream: UInt64, draw: Int, below count: Int) -> Int {
    let bits = mix(stream &+ UInt64(draw) &* golden)
    return Int(bits.multipliedFullWidth(by: UInt64(count)).high)
  }

  private static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mix(_ input: UInt64) -> UInt64 {
    var bits = input
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
