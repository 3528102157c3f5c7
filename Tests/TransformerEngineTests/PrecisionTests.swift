import CTransformerKernels
import Testing

@testable import TransformerEngine
@testable import TransformerFiles

/// Products by their definition, number by number.
private enum Definition {
  /// Terms of one chain of sums.
  static let slice = 1024

  /// Numbers below the smallest normal one count as zero.
  static func flushed(_ x: Float) -> Float {
    x.isSubnormal ? Float(sign: x.sign, exponent: 0, significand: 0) : x
  }

  /// d + a . b: pair by pair, the second of both first, each with one rounding.
  static func dotBF16(_ a: [Float], _ b: [Float], plus d: Float?) -> Float {
    var result = d
    for first in stride(from: 0, to: a.count, by: slice) {
      let end = min(first + slice, a.count)
      var sum: Float = 0
      for pair in stride(from: first, to: end, by: 2) {
        for index in [pair + 1, pair] where index < end {
          sum = flushed(sum.addingProduct(flushed(a[index]).inBF16, flushed(b[index]).inBF16))
        }
      }
      result = result.map { flushed(flushed($0) + sum) } ?? sum
    }
    return result ?? 0
  }

  /// Whole numbers up to 127, and what they are to be multiplied with.
  static func whole(_ x: [Float]) -> (numbers: [Int], scale: Float) {
    let most = x.reduce(0) { max($0, abs($1)) }
    let inverse = most > 0 ? 127 / most : 0
    return (x.map { Int(($0 * inverse).rounded(.toNearestOrEven)) }, most / 127)
  }
}

@Suite("Products of bf16 and of 8 bits")
struct PrecisionTests {
  private static let levels = KernelTests.levels

  /// Of many sizes, also such as are zero in bf16's arithmetic.
  private func numbers(_ count: Int, _ stream: Int, exponents: Int) -> [Float] {
    let normals = Samples(4).normals(2 * count, stream: stream)
    return (0..<count).map { index in
      let exponent = Int(normals[count + index] * Float(exponents))
      return normals[index] * Float(sign: .plus, exponent: max(-149, min(40, exponent)), significand: 1)
    }
  }

  private struct Size: CustomTestStringConvertible {
    let m, n, k, exponents: Int
    var testDescription: String { "\(m) x \(n) x \(k), exponents about \(exponents)" }
  }

  private static let sizes = [
    Size(m: 1, n: 70, k: 40, exponents: 0), Size(m: 3, n: 129, k: 7, exponents: 3),
    Size(m: 14, n: 33, k: 1100, exponents: 2), Size(m: 100, n: 32, k: 33, exponents: 30),
    Size(m: 5, n: 64, k: 2050, exponents: 1), Size(m: 7, n: 40, k: 12, exponents: 60),
  ]

  /// Hence the bits do not depend on the machine.
  @Test("on every instruction set the sums of bf16 are those of the definition", arguments: levels, sizes)
  private func bf16(_ level: Int32, _ size: Size) {
    let kernels = Kernels(level: level, precision: .bf16)
    let (m, n, k) = (size.m, size.n, size.k)
    let a = numbers(m * k, 1, exponents: size.exponents)
    let b = numbers(n * k, 2, exponents: size.exponents)
    let d = numbers(m * n, 3, exponents: size.exponents)
    var packed = [Float](repeating: .nan, count: kernels.packedSize(depth: k, columns: n))
    kernels.pack(b, rowStride: 1, columnStride: k, depth: k, columns: n, into: &packed)
    for isAdded in [false, true] {
      var c = [Float](repeating: .nan, count: m * n)
      kernels.multiply(
        rows: m, columns: n, depth: k, a, stride: k, by: &packed, into: &c, n, plus: isAdded ? d : nil, n)
      for (i, j) in (0..<m).flatMap({ i in (0..<n).map { (i, $0) } }) {
        let expected = Definition.dotBF16(
          Array(a[i * k..<(i + 1) * k]), Array(b[j * k..<(j + 1) * k]), plus: isAdded ? d[i * n + j] : nil)
        #expect(c[i * n + j] == expected, "\(i), \(j)")
      }
    }
  }

  @Test(
    "on every instruction set products of 8 bits are those of the definition", arguments: levels,
    sizes.prefix(5))
  private func int8(_ level: Int32, _ size: Size) {
    let kernels = Kernels(level: level, precision: .int8)
    let (m, n, k) = (size.m, size.n, size.k)
    let a = numbers(m * k, 1, exponents: 0)
    let b = numbers(n * k, 2, exponents: 0)
    let d = numbers(m * n, 3, exponents: 0)
    var packed = [Float](repeating: .nan, count: kernels.packedSize(depth: k, columns: n))
    for j in 0..<n { kernels.put(Array(b[j * k..<(j + 1) * k]), asColumn: j, depth: k, in: &packed) }
    var c = [Float](repeating: .nan, count: m * n)
    kernels.multiply(rows: m, columns: n, depth: k, a, stride: k, by: &packed, into: &c, n, plus: d, n)
    let columns = (0..<n).map { Definition.whole(Array(b[$0 * k..<($0 + 1) * k])) }
    for i in 0..<m {
      for j in 0..<n {
        var expected = d[i * n + j]
        for first in stride(from: 0, to: k, by: 2048) {
          let row = Definition.whole(Array(a[i * k + first..<i * k + min(first + 2048, k)]))
          let sum = zip(row.numbers, columns[j].numbers[first...]).reduce(0) { $0 + $1.0 * $1.1 }
          expected.addProduct(Float(sum), row.scale * columns[j].scale)
        }
        #expect(c[i * n + j] == expected, "\(i), \(j)")
      }
    }
    var column = [Float](repeating: .nan, count: k)
    kernels.column(n - 1, of: &packed, depth: k, into: &column)
    #expect(column == columns[n - 1].numbers.map { Float($0) * columns[n - 1].scale })
  }

  @Test("no number is lost in a product", arguments: levels, [Precision.bf16, .int8])
  func notANumber(_ level: Int32, _ precision: Precision) {
    let kernels = Kernels(level: level, precision: precision)
    let ones = [Float](repeating: 1, count: 64)
    var packed = [Float](repeating: 0, count: kernels.packedSize(depth: 64, columns: 1))
    kernels.put(ones, asColumn: 0, depth: 64, in: &packed)
    for position in [0, 5, 16, 63] {
      for wrong in [Float.nan, .infinity] {
        var row = ones
        row[position] = wrong
        var result: Float = 0
        kernels.multiply(rows: 1, columns: 1, depth: 64, row, stride: 64, by: &packed, into: &result, 1)
        #expect(!result.isFinite)
      }
    }
  }

  /// The golden file rounds what its products take, forward and backward, so that no more than the rounding of sums is
  /// left. With float32's products the same numbers are far off.
  @Test("PyTorch's products of rounded numbers agree: log-probs, entropies, gradients")
  func golden() throws {
    let golden = try GoldenFile("bf16")
    func errors(_ precision: Precision) throws -> (scores: Float, entropies: Float, gradients: Float) {
      let network = try golden.network(kernels: Kernels(precision: precision))
      let batch = try PackedBatch(golden.sequences, shape: golden.shape)
      let (output, tape) = try network.forward(batch, threads: 2)
      try network.backward(tape, golden.gradients(batch), threads: 2)
      let state = try network.weights.trainingState()
      let tensors = zip(network.layout.tensors, network.weights.tensorValues(state.gradients))
      return (
        relativeError(output.logprobs, golden["logprobs"]),
        relativeError(output.entropies, golden["entropies"]),
        tensors.map { relativeError($0.1, golden["gradient:" + $0.0.name]) }.max() ?? .infinity
      )
    }
    let (rounded, exact) = (try errors(.bf16), try errors(.float32))
    #expect(rounded.scores < 1e-4 && exact.scores > 1e-3)
    #expect(rounded.entropies < 1e-5 && exact.entropies > 1e-4)
    // Where a number lies near the middle of two, the order of a sum decides to which it is rounded.
    #expect(rounded.gradients < 8e-3 && exact.gradients > 1.5e-2)
  }
}
