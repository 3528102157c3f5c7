import Testing

@testable import TransformerEngine

@Suite("Published test vectors")
struct VectorTests {
  @Test("Philox4x32-10: the vectors of Random123")
  func philox() {
    // kat_vectors of Random123 1.14 (Salmon et al. 2011)
    let cases: [(SIMD4<UInt32>, UInt64, SIMD4<UInt32>)] = [
      (SIMD4(repeating: 0), 0, SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)),
      (
        SIMD4(repeating: 0xFFFF_FFFF), 0xFFFF_FFFF_FFFF_FFFF,
        SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)
      ),
      (
        SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), 0x299F_31D0_A409_3822,
        SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)
      ),
    ]
    for (counter, seed, expected) in cases { #expect(Philox(seed: seed).block(counter) == expected) }
  }

  @Test("normal numbers have mean 0, variance 1 and fourth moment 3")
  func normals() {
    let x = Samples(1).normals(200_000).map(Double.init)
    let count = Double(x.count)
    #expect(abs(x.reduce(0, +) / count) < 4 / count.squareRoot())
    #expect(abs(x.reduce(0) { $0 + $1 * $1 } / count - 1) < 4 * (2 / count).squareRoot())
    #expect(abs(x.reduce(0) { $0 + $1 * $1 * $1 * $1 } / count - 3) < 4 * (96 / count).squareRoot())
  }

  @Test("a checksum notices every single flipped bit")
  func checksums() {
    let bytes = (0..<75).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let sum = bytes.withUnsafeBytes { Checksum.of($0) }
    for bit in 0..<75 * 8 {
      var other = bytes
      other[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(other.withUnsafeBytes { Checksum.of($0) } != sum)
    }
    #expect((bytes + [0]).withUnsafeBytes { Checksum.of($0) } != sum)
  }

  @Test("the thread pool calls each index once, whatever the numbers")
  func pool() throws {
    let pool = try ThreadPool()
    for round in 0..<200 {
      let count = round % 37
      var calls = [Int](repeating: 0, count: count + 1)
      calls.withUnsafeMutableBufferPointer { calls in
        nonisolated(unsafe) let calls = calls
        pool.run(count, threads: 1 + round % 5) { worker, index in
          calls[index] += 1
          if worker > round % 5 { calls[count] += 1 }
        }
      }
      #expect(calls.dropLast().allSatisfy { $0 == 1 } && calls[count] == 0)
    }
  }
}
