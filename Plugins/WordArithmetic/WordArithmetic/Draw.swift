/// A reproducible stream of numbers that is a function of its keys alone.
///
/// The generator is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014) started at a hash of the keys, so that the draw for one task never depends on another task.
struct Draw {
  private var state: UInt64

  init(keys: UInt64...) {
    state = 0x504F_4C59_41
    for key in keys { state = Self.mix(state ^ key) &+ 0x9E37_79B9_7F4A_7C15 }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// Uniform in `0 ..< bound` up to the bias of a 64-bit multiply, which is below 2⁻³² for every bound here.
  mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "an empty range has no member")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  mutating func within(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.count)
  }

  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[below(elements.count)]
  }

  /// True with the given probability.
  mutating func chance(_ probability: Double) -> Bool {
    Double(next() >> 11) * 0x1p-53 < probability
  }

  /// SplitMix64's finaliser: a bijection of 64-bit words.
  private static func mix(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
