import CTransformerKernels
import Testing

@testable import TransformerEngine

@Suite("Keys and values in blocks")
struct KeyValueBlocksTests {
  @Test(
    "with little room rows wait and are drawn again, to the same samples", arguments: [1, 2],
    [Precision.float32, .bf16])
  func littleRoom(_ threads: Int, _ precision: Precision) throws {
    let model = try randomModel(.even, precision: precision)
    let random = Samples(3)
    let prompts = (0..<4).map { index in
      GenerationPrompt(
        tokens: random.tokens(20 + 15 * index, below: 256, stream: index), seed: UInt64(index), samples: 6,
        maxTokens: 70)
    }
    let free = try model.generate(prompts, threads: threads)
    #expect(free.contains { $0.tokens.count == 70 })
    // A prompt of 65 takes 3 blocks, 70 new tokens 3 more: the smallest room holds one row, the next not quite two.
    for blocks in [0, 7, 11, 20] {
      model.withNetwork { $0.blockBytes = blocks * 4 * KeyValueBlocks.size($0) }
      #expect(try model.generate(prompts, threads: threads) == free, "\(blocks) blocks")
    }
  }

  @Test("a prompt's blocks go back with the last row that uses them")
  func givenBack() throws {
    let model = try randomModel()
    try model.withNetwork { network in
      let buffer = try FloatBuffer(5 * KeyValueBlocks.size(network))
      let memory = KeyValueBlocks(network, buffer.base, count: 5)
      var cache: PromptCache? = try PromptCache(
        memory, [memory.take(), memory.take()].compactMap(\.self), prompt: 0, tokens: 40, logits: 16)
      let row = cache.map { DecodingRow(Generation.Sample(result: 0, prompt: 0, number: 0), cache: $0) }
      cache = nil
      #expect(memory.freeCount == 3)
      withExtendedLifetime(row) {}
      _ = consume row
      #expect(memory.freeCount == 5)
      #expect(Set((0..<5).compactMap { _ in memory.take() }) == [0, 1, 2, 3, 4])
      #expect(memory.take() == nil)
    }
  }

  private struct Size { let rows, head, positions: Int }

  @Test(
    "scores and mixtures of one block",
    arguments: KernelTests.levels.flatMap { level in
      [Precision.float32, .bf16].map { Kernels(level: level, precision: $0) }
    },
    [
      Size(rows: 1, head: 16, positions: 32), Size(rows: 2, head: 33, positions: 5),
      Size(rows: 3, head: 10, positions: 31),
      Size(rows: 7, head: 64, positions: 18), Size(rows: 29, head: 50, positions: 32),
    ])
  private func block(_ kernels: Kernels, _ size: Size) {
    let (heads, rows, head, all) = (3, size.rows, size.head, Int(TK_POSITIONS))
    let random = Samples(11)
    // Of bf16's numbers, so that nothing but the weights of values is rounded.
    let queries = random.normals(heads * rows * head, stream: 1).map(\.inBF16)
    let keys = (0..<heads).map { random.normals(all * head, stream: 2 + $0).map(\.inBF16) }
    let values = (0..<heads).map { random.normals(all * head, stream: 5 + $0).map(\.inBF16) }
    var packedKeys: [Float] = []
    var packedValues: [Float] = []
    for index in 0..<heads {
      var part = [Float](repeating: 0, count: kernels.packedSize(depth: head, columns: all))
      kernels.pack(keys[index], rowStride: 1, columnStride: head, depth: head, columns: all, into: &part)
      packedKeys += part
      // All but the last position at once, and that on its own, as decoding does.
      part = [Float](repeating: 0, count: kernels.packedSize(depth: all, columns: head))
      kernels.pack(
        values[index], rowStride: head, columnStride: 1, depth: all - 1, columns: head, capacity: all,
        into: &part)
      kernels.put(
        Array(values[index].suffix(head)), asRow: all - 1, columns: head, capacity: all, in: &part)
      packedValues += part
    }
    var laid = [Float](repeating: .nan, count: kernels.floats(heads * rows * kernels.capacity(head)))
    kernels.lay(queries, stride: head, rows: heads * rows, width: head, into: &laid)
    let stride = all + 5
    var scores = [Float](repeating: 0, count: heads * rows * stride)
    packedKeys.withUnsafeMutableBytes { bytes in
      guard let keys = bytes.baseAddress else { return }
      kernels.blockScores(
        heads: heads, rows: rows, headSize: head, &laid, by: keys, into: &scores, headStride: rows * stride,
        stride: stride, then: keys)
    }
    var mixed = [Float](repeating: 1, count: heads * rows * head)
    packedValues.withUnsafeMutableBytes { bytes in
      guard let values = bytes.baseAddress else { return }
      kernels.attend(
        heads: heads, rows: rows, headSize: head, positions: size.positions, by: &scores,
        headStride: rows * stride, stride: stride, to: values, into: &mixed, then: values)
    }
    for (h, row) in (0..<heads).flatMap({ h in (0..<rows).map { (h, $0) } }) {
      let line = h * rows + row
      let expected = (0..<all).map { position in
        (0..<head).reduce(0.0) {
          $0 + Double(queries[line * head + $1]) * Double(keys[h][position * head + $1])
        }
      }
      #expect(
        relativeError(Array(scores[line * stride..<line * stride + all]), expected.map { Float($0) }) < 2e-6)
      let sums = (0..<head).map { i in
        1
          + (0..<size.positions).reduce(0.0) {
            $0 + Double(kernels.rounded(scores[line * stride + $1])) * Double(values[h][$1 * head + i])
          }
      }
      #expect(relativeError(Array(mixed[line * head..<(line + 1) * head]), sums.map { Float($0) }) < 4e-6)
    }
  }
}
