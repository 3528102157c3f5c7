/// A 64-bit checksum of bytes against accidents: FNV-1a (Fowler, Noll, Vo) over little-endian 64-bit words in four
/// interleaved lanes, which are then hashed together with the length.
///
/// Any change within one word changes the sum, since each step is a bijection of the lane.
struct Checksum {
  private static let prime: UInt64 = 0x100_0000_01B3
  private static let offset: UInt64 = 0xCBF2_9CE4_8422_2325
  private var lanes = SIMD4<UInt64>(offset, offset &+ 1, offset &+ 2, offset &+ 3)
  private var tail: [UInt8] = []
  private var count = 0

  init() {}

  /// Of bytes that are there already.
  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var sum = Checksum()
    sum.add(bytes)
    return sum.value
  }

  /// Goes on with more bytes. All calls but the last give a multiple of 32.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    precondition(tail.isEmpty, "only the last piece may end inside a block")
    count += bytes.count
    let whole = bytes.count / 32 * 32
    for at in stride(from: 0, to: whole, by: 32) {
      lanes ^= bytes.loadUnaligned(fromByteOffset: at, as: SIMD4<UInt64>.self)
      lanes &*= SIMD4(repeating: Self.prime)
      // A multiplication moves differences up only; the fold brings them down again.
      lanes ^= lanes &>> SIMD4(repeating: 32)
    }
    tail = Array(bytes[whole...])
  }

  var value: UInt64 {
    var sum = Self.offset
    for lane in 0..<4 { sum = (sum ^ lanes[lane]) &* Self.prime ^ (sum >> 29) }
    for byte in tail { sum = (sum ^ UInt64(byte)) &* Self.prime }
    return (sum ^ UInt64(count)) &* Self.prime
  }

  /// One text for several sums.
  static func text(_ sums: [UInt64]) -> String {
    let digits = String(sums.withUnsafeBytes { of($0) }, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
