internal import CSHA256

/// SHA-256 (FIPS 180-4), which identifies stages, plugins, and checkpoints by their content.
package struct SHA256 {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  /// The input not yet hashed, always less than one block.
  private var pending: [UInt8] = []
  private var length: UInt64 = 0
  private let isAccelerated: Int32

  /// Creates a hash without input.
  package init() { isAccelerated = csha256_is_accelerated() }

  /// Creates a hash that can be told not to use the processor's SHA instructions.
  init(isPortable: Bool) { isAccelerated = isPortable ? 0 : csha256_is_accelerated() }

  /// Returns the digest of `bytes` in lowercase hexadecimal.
  package static func hex(of bytes: some Sequence<UInt8>) -> String {
    var hash = SHA256()
    hash.update(Array(bytes))
    return hash.finish()
  }

  /// Appends bytes to the input.
  package mutating func update(_ bytes: [UInt8]) {
    length += UInt64(bytes.count)
    var start = 0
    if !pending.isEmpty {
      start = min(64 - pending.count, bytes.count)
      pending += bytes[..<start]
      guard pending.count == 64 else { return }
      let block = pending
      pending.removeAll()
      compress(block, from: 0, blocks: 1)
    }
    let blocks = (bytes.count - start) / 64
    compress(bytes, from: start, blocks: blocks)
    pending += bytes[(start + 64 * blocks)...]
  }

  /// Returns the digest in lowercase hexadecimal. Do not use the value afterwards.
  package mutating func finish() -> String {
    let bits = length * 8
    var padding: [UInt8] = [0x80]
    while (pending.count + padding.count) % 64 != 56 { padding.append(0) }
    padding += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }
    update(padding)
    return state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  private mutating func compress(_ bytes: [UInt8], from start: Int, blocks: Int) {
    guard blocks > 0 else { return }
    bytes.withUnsafeBufferPointer { bytes in
      // Safety: start + 64 * blocks is at most the count.
      guard let base = bytes.baseAddress else { return }
      csha256_blocks(&state, base + start, blocks, isAccelerated)
    }
  }
}
