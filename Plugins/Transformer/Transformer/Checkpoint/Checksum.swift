/// A 64-bit checksum of bytes against accidents: FNV-1a (Fowler, Noll, Vo) over little-endian 64-bit words in four
/// interleaved lanes, which are then hashed together with the length.
///
/// Any change within one word changes the sum, since each step is a bijection of the lane.
func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
  let prime: UInt64 = 0x100_0000_01B3
  let offset: UInt64 = 0xCBF2_9CE4_8422_2325
  var lanes = SIMD4<UInt64>(offset, offset &+ 1, offset &+ 2, offset &+ 3)
  let whole = bytes.count / 32 * 32
  for at in stride(from: 0, to: whole, by: 32) {
    lanes ^= bytes.loadUnaligned(fromByteOffset: at, as: SIMD4<UInt64>.self)
    lanes &*= SIMD4(repeating: prime)
    // A multiplication moves differences up only; the fold brings them down again.
    lanes ^= lanes &>> SIMD4(repeating: 32)
  }
  var sum = offset
  for lane in 0..<4 { sum = (sum ^ lanes[lane]) &* prime ^ (sum >> 29) }
  for at in whole..<bytes.count { sum = (sum ^ UInt64(bytes[at])) &* prime }
  return (sum ^ UInt64(bytes.count)) &* prime
}
