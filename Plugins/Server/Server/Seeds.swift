/// The seeds that requests carry.
enum Seeds {
  /// The seed of sample `index` of a prompt: SplitMix64 (Steele, Lea & Flood 2014) of `seed + (index + 1) * γ`, with
  /// γ = 0x9e3779b97f4a7c15, modulo `largest + 1`.
  static func seed(_ seed: UInt64, sample index: Int, largest: UInt64) -> UInt64 {
    var z = seed &+ (UInt64(index) &+ 1) &* 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    z ^= z >> 31
    return largest == .max ? z : z % (largest + 1)
  }
}
