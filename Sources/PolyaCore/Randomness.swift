/// Order-independent randomness: every number is a pure function of a key and an index, so results do not
/// depend on threads, batches, shards, or interruptions.
///
/// The mixing function is the finalizer of SplitMix64 (Steele, Lea & Flood 2014,
/// doi:10.1145/2660193.2660195).
package struct Randomness: Sendable, Hashable {
  /// The key, which plugins receive as their seed.
  package let key: UInt64

  /// Creates a root key, usually from the run's seed.
  package init(seed: UInt64) { key = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15) }

  private init(key: UInt64) { self.key = key }

  /// Returns an independent stream identified by a number.
  package func stream(_ number: UInt64) -> Randomness {
    Randomness(key: Self.mix(key ^ Self.mix(number &+ 0xD1B5_4A32_D192_ED03)))
  }

  /// Returns an independent stream identified by a text (64-bit FNV-1a).
  package func stream(_ name: String) -> Randomness {
    stream(name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
  }

  /// Returns 64 random bits.
  package func word(_ index: UInt64) -> UInt64 { Self.mix(key &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15) }

  /// Returns a uniform number in 0..<1 with 53 random bits.
  package func unit(_ index: UInt64) -> Double { Double(word(index) >> 11) * 0x1p-53 }

  /// Returns a uniform number in 0..<bound. The bias of the multiply-shift method is below bound / 2^64.
  package func below(_ bound: Int, _ index: UInt64) -> Int {
    precondition(bound > 0)
    return Int(word(index).multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Returns a random permutation of 0..<count (Fisher-Yates).
  package func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for index in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(index, below(index + 1, UInt64(index)))
    }
    return order
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
