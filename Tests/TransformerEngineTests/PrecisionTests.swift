import CTransformerKernels
import Foundation
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
    let inverse = most > 0x1p-120 ? 127 / most : 0
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
    let transposed = (0..<m * k).map { a[$0 % m * k + $0 / m] }
    for (isAdded, isTransposed) in [(false, false), (true, false), (true, true)] {
      var c = [Float](repeating: .nan, count: m * n)
      kernels.multiply(
        rows: m, columns: n, depth: k, isTransposed ? transposed : a, stride: isTransposed ? m : k,
        transposed: isTransposed, by: &packed, into: &c, n, plus: isAdded ? d : nil, n)
      // The processor's arithmetic is as before.
      #expect(Float.leastNonzeroMagnitude + d[0] * 0 != 0)
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
    let a = numbers(m * k, 1, exponents: size.exponents)
    var b = numbers(n * k, 2, exponents: size.exponents)
    let d = numbers(m * n, 3, exponents: size.exponents)
    // Columns of nothing, and of almost nothing.
    for i in 0..<k { (b[i], b[k + i]) = (0, 0x1p-126) }
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

  @Test(
    "on every instruction set gradients of weights are sums of blocks of rows", arguments: levels,
    [7, 256, 601])
  func accumulated(_ level: Int32, _ depth: Int) {
    let kernels = Kernels(level: level, precision: .bf16)
    let (m, n, block) = (14, 33, 256)
    let (a, b) = (numbers(depth * m, 1, exponents: 20), numbers(depth * n, 2, exponents: 20))
    // What was in the memory before does not matter, nor where calls part the rows.
    var left = [Float](repeating: .nan, count: kernels.leftStackSize(rows: depth, columns: m))
    var right = [Float](repeating: .nan, count: kernels.stackSize(rows: depth, columns: n))
    for rows in [0..<3, 3..<4, 4..<depth] {
      kernels.stackLeft(
        Array(a[rows.lowerBound * m..<rows.upperBound * m]), stride: m, at: rows.lowerBound, rows: rows.count,
        columns: m, into: &left)
      kernels.stack(
        Array(b[rows.lowerBound * n..<rows.upperBound * n]), stride: n, at: rows.lowerBound, rows: rows.count,
        columns: n, into: &right)
    }
    var sum = [Float](repeating: 1, count: kernels.padded(n) * m)
    kernels.accumulate(rows: m, columns: 0..<n, of: n, depth: depth, &left, by: &right, into: &sum)
    for (i, j) in (0..<m).flatMap({ i in (0..<n).map { (i, $0) } }) {
      let expected = stride(from: 0, to: depth, by: block).reduce(1 as Float) { sum, first in
        let rows = first..<min(first + block, depth)
        return Definition.dotBF16(rows.map { a[$0 * m + i] }, rows.map { b[$0 * n + j] }, plus: sum)
      }
      let at =
        j / kernels.panel * kernels.panel * m + i / 2 * 2 * kernels.panel + j % kernels.panel * 2 + i % 2
      #expect(sum[at] == expected, "\(i), \(j)")
    }
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

  @Test("PyTorch's ten AdamW steps on rounded products agree")
  func goldenTraining() throws {
    try GoldenTests.checkTraining("bf16", Kernels(precision: .bf16), loss: 1e-3, norm: 1e-2)
  }

  /// Whole panels are stored by other code than single rows. The shape has tensors that begin within a panel.
  @Test("weights are stored row by row and panel by panel alike", arguments: Precision.allCases, levels)
  func storedWeights(_ precision: Precision, _ level: Int32) throws {
    // Wider than a slice of 8 bits.
    let shape = Shape(
      hidden: 34, layers: 1, heads: 4, keyValueHeads: 2, headSize: 20, feedForward: 2052, vocabulary: 131)
    let networks = try (0..<2).map { _ in
      try Network(shape, kernels: Kernels(level: level, precision: precision))
    }
    let layout = networks[0].layout
    for (index, tensor) in layout.tensors.enumerated() {
      let values = Samples(8).normals(tensor.count, stream: index)
      for row in 0..<tensor.rows {
        networks[0].weights.write(
          tensor, row: row, from: Array(values[row * tensor.columns..<(row + 1) * tensor.columns]))
      }
      let panel = networks[1].kernels.panel
      var first = 0
      while first < tensor.rows {
        let end = min(tensor.rows, first + panel - (tensor.firstRow + first) % panel)
        networks[1].weights.write(
          tensor, rows: first..<end, from: Array(values[first * tensor.columns..<end * tensor.columns]))
        first = end
      }
      if precision != .int8 {
        // Nothing is lost: what bf16 leaves over is kept.
        #expect(networks[0].weights.tensorValues()[index] == values, "\(tensor.name)")
      }
    }
    #expect(networks[0].weights.tensorValues() == networks[1].weights.tensorValues())
    let batch = try PackedBatch(Samples(3).sequences(6, below: 131), shape: shape)
    let scores = try networks.map { try $0.score(batch, threads: 1).logprobs }
    #expect(scores[0] == scores[1])
  }

  @Test("AdamW on halves is AdamW on their sums, bit by bit", arguments: levels, [16, 37])
  func halves(_ level: Int32, _ count: Int) {
    let table = Kernels(level: level).table.pointee
    var weights = Samples(5).normals(count)
    let gradients = Samples(5).normals(count, stream: 1)
    var upper = weights.map { UInt16(truncatingIfNeeded: ($0.bitPattern &+ 0x8000) >> 16) }
    var lower = weights.map { UInt16(truncatingIfNeeded: $0.bitPattern) }
    let none = [Float](repeating: 0, count: count)
    var (first, second, firstOfHalves, secondOfHalves) = (none, none, none, none)
    for step in 1...3 {
      let (one, two) = (1 - pow(0.9 as Float, Float(step)), 1 - pow(0.95 as Float, Float(step)))
      let expected = table.adamw(
        Int64(count), &weights, gradients, &first, &second, 0.5, 0.03, 0.9, 0.95, one, two, 1e-8, 0.1
      )
      let actual = table.adamw_bf16(
        Int64(count), &upper, &lower, gradients, &firstOfHalves, &secondOfHalves, 0.5, 0.03, 0.9, 0.95, one,
        two,
        1e-8,
        0.1)
      #expect(actual == expected)
      for (index, weight) in weights.enumerated() {
        let rest = UInt32(bitPattern: Int32(Int16(bitPattern: lower[index])))
        #expect(UInt32(upper[index]) << 16 &+ rest == weight.bitPattern)
        // The upper half alone is the nearest bf16, in doubt the larger one.
        let nearest = Float(bitPattern: UInt32(upper[index]) << 16)
        #expect(abs(nearest - weight) <= abs(weight.inBF16 - weight))
      }
    }
    #expect(first == firstOfHalves && second == secondOfHalves)
  }

  private static let sequences = Samples(3).sequences(12, below: 261)

  private func learn(_ model: TransformerModel) throws {
    let (scores, tape) = try model.forward(Self.sequences, threads: 2)
    try model.backward(
      tape, scores.map { ScoreGradient(logprobs: $0.logprobs.map { _ in -0.01 }) }, threads: 2)
    _ = try model.step(AdamW(learningRate: 1e-2), threads: 2)
  }

  @Test("a stored model of bf16 learns on bit by bit; one of 8 bits does not learn")
  func resuming() throws {
    try withFolder { folder in
      let model = try randomModel(.even, precision: .bf16)
      for _ in 0..<2 { try learn(model) }
      try model.save(folder)
      let other = try TransformerModel(folder: folder, training: TrainingMode(), precision: .bf16)
      #expect(model.weights == other.weights)
      for _ in 0..<2 {
        try learn(model)
        try learn(other)
      }
      #expect(model.weights == other.weights)
      let small = try TransformerModel(folder: folder, training: TrainingMode(), precision: .int8)
      let error = try #require(throws: TransformerError.self) { try learn(small) }
      #expect(error.kind == .unsupported && error.message.contains(#"train with "bf16""#))
    }
  }

  @Test("adapters are merged in every precision, and trained in bf16", arguments: [Precision.bf16, .int8])
  func adapters(_ precision: Precision) throws {
    func adapting(_ folder: String, _ precision: Precision) throws -> TransformerModel {
      try TransformerModel(
        folder: folder,
        training: TrainingMode(
          adapters: Adapters.Settings(rank: 4, alpha: 8, targets: []), recomputes: false, seed: 1),
        precision: precision)
    }
    func mean(_ model: TransformerModel) throws -> Float {
      let logprobs = try model.score(Self.sequences, threads: 2).flatMap(\.logprobs)
      return logprobs.reduce(0, +) / Float(logprobs.count)
    }
    try withFolder { base in
      try randomModel(.even).save(base)
      let trained = try adapting(base, .float32)
      let before = try mean(trained)
      for _ in 0..<3 { try learn(trained) }
      let after = try mean(trained)
      #expect(after > before + 0.5)
      try withFolder { folder in
        try trained.save(folder)
        let loaded = try TransformerModel(folder: folder, training: TrainingMode(), precision: precision)
        #expect(abs(try mean(loaded) - after) < 0.02)
      }
      guard precision.isTrained else { return }
      let other = try adapting(base, precision)
      for _ in 0..<3 { try learn(other) }
      #expect(abs(try mean(other) - after) < 0.05)
    }
  }

  @Test("precisions that do not fit are refused")
  func refusals() throws {
    let odd = try #require(throws: TransformerError.self) { try randomModel(.odd, precision: .bf16) }
    #expect(odd.message.contains("feed-forward size is 75"))
    let other = try #require(throws: TransformerError.self) {
      try randomModel(.even, products: .openBLAS, precision: .bf16)
    }
    #expect(other.message.contains("OpenBLAS multiplies in float32"))
  }
}
