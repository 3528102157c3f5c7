import CTransformerKernels
import Foundation
import Testing

@testable import TransformerEngine

/// Every kernel against a plain double-precision computation, and every gradient against central differences of it.
@Suite("Kernels", .serialized)
struct KernelTests {
  static let levels = Array(0...Kernels().table.pointee.level)
  private static let samples = Samples(99)

  private func numbers(_ count: Int, _ stream: Int) -> [Float] { Self.samples.normals(count, stream: stream) }

  /// d f / d x[i] for all i, in double precision.
  private func differences(_ x: [Float], _ f: ([Double]) -> Double) -> [Float] {
    let start = x.map(Double.init)
    return start.indices.map { index in
      var (up, down) = (start, start)
      up[index] += 1e-5
      down[index] -= 1e-5
      return Float((f(up) - f(down)) / 2e-5)
    }
  }

  private func dot(_ a: [Double], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * Double($1.1) } }

  @Test("matrix product, all transpositions", arguments: levels, ProductSize.all)
  func product(_ level: Int32, _ size: ProductSize) {
    size.check(Kernels(level: level))
    size.check(Kernels(level: level, precision: .bf16))
  }

  @Test("RMSNorm and its gradient", arguments: [(1, 0), (15, 1), (16, 0), (37, 1)] as [(Int, Float)], levels)
  func norm(_ form: (width: Int, offset: Float), _ level: Int32) {
    let (width, offset) = form
    let table = Kernels(level: level).table.pointee
    let (x, weight, dout, residual) = (
      numbers(width, 1), numbers(width, 2), numbers(width, 3), numbers(width, 4)
    )
    func reference(_ x: [Double], _ weight: [Double]) -> [Double] {
      let scale = 1 / (x.reduce(0) { $0 + $1 * $1 } / Double(width) + 1e-5).squareRoot()
      return zip(x, weight).map { $0 * scale * (Double(offset) + $1) }
    }
    let doubles = (x.map(Double.init), weight.map(Double.init))
    var out = [Float](repeating: 0, count: width)
    var inverse: Float = 0
    table.norm(1, Int64(width), x, weight, offset, 1e-5, &out, &inverse)
    #expect(relativeError(out, reference(doubles.0, doubles.1).map(Float.init)) < 1e-6)
    var dx = out
    var dweight = [Float](repeating: 1, count: width)
    table.norm_backward(1, Int64(width), x, weight, offset, &inverse, dout, residual, &dx, &dweight)
    let expected = differences(x) { dot(reference($0, doubles.1), dout) }
    #expect(relativeError(dx, zip(expected, residual).map(+)) < 1e-4)
    #expect(
      relativeError(dweight.map { $0 - 1 }, differences(weight) { dot(reference(doubles.0, $0), dout) })
        < 1e-4)
  }

  @Test("LayerNorm and its gradient", arguments: levels, [2, 15, 16, 37])
  func layerNorm(_ level: Int32, _ width: Int) {
    let table = Kernels(level: level).table.pointee
    let (x, weight, bias) = (numbers(width, 1), numbers(width, 2), numbers(width, 5))
    let (dout, residual) = (numbers(width, 3), numbers(width, 4))
    func reference(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
      let mean = x.reduce(0, +) / Double(width)
      let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
      return x.indices.map { (x[$0] - mean) / (variance + 1e-5).squareRoot() * weight[$0] + bias[$0] }
    }
    let (dx, dw, db) = (x.map(Double.init), weight.map(Double.init), bias.map(Double.init))
    var out = [Float](repeating: 0, count: width)
    var inverse: Float = 0
    table.layer_norm(1, Int64(width), x, weight, bias, 1e-5, &out, &inverse)
    #expect(relativeError(out, reference(dx, dw, db).map(Float.init)) < 1e-6)
    var back = out
    var dweight = [Float](repeating: 1, count: width)
    var dbias = [Float](repeating: 2, count: width)
    table.layer_norm_backward(
      1, Int64(width), x, weight, &inverse, dout, residual, &back, &dweight, &dbias)
    let expected = differences(x) { dot(reference($0, dw, db), dout) }
    #expect(relativeError(back, zip(expected, residual).map(+)) < 1e-4)
    #expect(
      relativeError(dweight.map { $0 - 1 }, differences(weight) { dot(reference(dx, $0, db), dout) }) < 1e-4)
    #expect(relativeError(dbias.map { $0 - 2 }, dout) < 1e-6)
  }

  @Test("soft caps and their slopes", arguments: levels, [1, 16, 21])
  func softCap(_ level: Int32, _ width: Int) {
    let table = Kernels(level: level).table.pointee
    let x = numbers(width, 1).map { $0 * 30 }
    func reference(_ x: [Double]) -> [Double] { x.map { 5 * tanh(0.3 * $0 / 5) } }
    var (y, slopes) = (x, x)
    table.soft_cap(1, Int64(width), Int64(width), 0.3, 5, &y, &slopes)
    #expect(relativeError(y, reference(x.map(Double.init)).map(Float.init)) < 1e-6)
    let ones = [Float](repeating: 1, count: width)
    #expect(relativeError(slopes, differences(x) { dot(reference($0), ones) }) < 1e-4)
  }

  @Test(
    "SwiGLU, GeGLU and GELU, and their gradients", arguments: levels,
    [(1, true, false), (16, false, true), (21, true, true), (37, false, false)])
  func gate(_ level: Int32, _ form: (width: Int, gated: Bool, gelu: Bool)) {
    let table = Kernels(level: level).table.pointee
    let (width, gated, gelu) = form
    let linear: Float = gelu ? Float(2 * (2 / Double.pi).squareRoot()) : 1
    let cubic: Float = gelu ? linear * 0.044715 : 0
    let (x, dout) = (numbers((gated ? 2 : 1) * width, 1).map { $0 * 3 }, numbers(width, 2))
    func reference(_ x: [Double]) -> [Double] {
      (0..<width).map { i in
        let g = x[i]
        let y =
          gelu
          ? 0.5 * g * (1 + tanh((2 / Double.pi).squareRoot() * (g + 0.044715 * g * g * g)))
          : g / (1 + exp(-g))
        return gated ? y * x[width + i] : y
      }
    }
    var out = [Float](repeating: 0, count: width)
    table.gated_activation(1, Int64(width), gated, linear, cubic, x, &out)
    #expect(relativeError(out, reference(x.map(Double.init)).map(Float.init)) < 1e-6)
    var again = out
    var dx = x
    table.gated_activation_backward(1, Int64(width), gated, linear, cubic, x, dout, &again, &dx)
    #expect(relativeError(again, out) < 1e-6)
    #expect(relativeError(dx, differences(x) { dot(reference($0), dout) }) < 1e-4)
  }

  @Test("rotation, and back", arguments: levels, [2, 10, 32, 64])
  func rotation(_ level: Int32, _ head: Int) {
    let table = Kernels(level: level).table.pointee
    let half = head / 2
    let x = numbers(3 * head, 1)
    let angles = (0..<2 * half).map { Double($0) * 0.37 }
    let (cosines, sines) = (angles.map { Float(cos($0)) }, angles.map { Float(sin($0)) })
    var y = x
    // One row of three heads, of which the first two turn.
    table.rotate(1, Int64(3 * head), 2, Int64(head), Int64(head), &y, [1], cosines, sines, false)
    for index in 0..<3 * head {
      let (h, i) = (index / head, index % head)
      let angle = angles[half + i % half]
      let (u, v) = (Double(x[h * head + i % half]), Double(x[h * head + i % half + half]))
      let expected =
        h == 2
        ? Double(x[index]) : i < half ? u * cos(angle) - v * sin(angle) : v * cos(angle) + u * sin(angle)
      #expect(abs(Double(y[index]) - expected) < 1e-6)
    }
    table.rotate(1, Int64(3 * head), 2, Int64(head), Int64(head), &y, [1], cosines, sines, true)
    #expect(relativeError(y, x) < 1e-6)
  }

  @Test(
    "causal softmax and its gradient", arguments: levels,
    [(1, 1, 99), (5, 3, 2), (33, 16, 40), (20, 20, 7), (50, 8, 17)])
  func softmax(_ level: Int32, _ shape: (first: Int, rows: Int, window: Int)) {
    let table = Kernels(level: level).table.pointee
    let (first, rows) = (shape.first, shape.rows)
    let window = Int64(shape.window)
    let width = first + rows - 1
    let stride = width + 3
    let scale: Float = 0.4
    let (s, dp) = (numbers(rows * stride, 1).map { $0 * 4 }, numbers(rows * stride, 2))
    func reference(_ row: [Double]) -> [Double] {
      let e = row.map { exp(Double(scale) * $0) }
      return e.map { $0 / e.reduce(0, +) }
    }
    var p = s
    var sums = [Float](repeating: 0, count: rows)
    table.causal_softmax(Int64(rows), Int64(first), window, Int64(width), Int64(stride), scale, &p, &sums)
    var again = s
    table.causal_probabilities(
      Int64(rows), Int64(first), window, Int64(width), Int64(stride), scale, &again, sums)
    var ds = dp
    var dots = [Float](repeating: 0, count: rows)
    table.row_dots(
      Int64(rows), Int64(stride), maskedProducts(p, rows, first, width, stride), Int64(stride), dp,
      Int64(stride), &dots)
    table.softmax_backward(
      Int64(rows), Int64(first), window, Int64(width), Int64(stride), scale, p, &ds, dots)
    for row in 0..<rows {
      let low = max(0, first + row - shape.window)
      let valid = row * stride + low..<row * stride + first + row
      let masked = Array(row * stride..<valid.lowerBound) + Array(valid.upperBound..<row * stride + width)
      let x = Array(s[valid])
      #expect(relativeError(Array(p[valid]), reference(x.map(Double.init)).map(Float.init)) < 2e-6)
      #expect(relativeError(Array(again[valid]), Array(p[valid])) < 2e-6)
      #expect(masked.allSatisfy { p[$0] == 0 && ds[$0] == 0 })
      let shares = reference(x.map(Double.init))
      let mean = zip(shares, dp[valid]).reduce(0) { $0 + $1.0 * Double($1.1) }
      let slopes = zip(shares, dp[valid]).map { Float(Double(scale) * $0 * (Double($1) - mean)) }
      // Near a share of 1 the difference cancels, so the error is relative to what it is made of.
      let size = dp[valid].reduce(0) { max($0, abs($1)) }
      #expect(zip(ds[valid], slopes).allSatisfy { abs($0 - $1) < 1e-6 * scale * size })
    }
  }

  private func maskedProducts(_ p: [Float], _ rows: Int, _ first: Int, _ width: Int, _ stride: Int) -> [Float]
  {
    p.indices.map { $0 % stride < first + $0 / stride ? p[$0] : 0 }
  }

  @Test("log-prob and entropy of a vocabulary, and their gradients", arguments: levels, [2, 16, 77])
  func vocabulary(_ level: Int32, _ count: Int) {
    let table = Kernels(level: level).table.pointee
    let x = numbers(count, 1).map { $0 * 3 }
    let scale: Float = 1.25
    let target = count / 2
    func reference(_ x: [Double]) -> (logprob: Double, entropy: Double) {
      let sum = log(x.reduce(0) { $0 + exp(Double(scale) * $1) })
      let logs = x.map { Double(scale) * $0 - sum }
      return (logs[target], -logs.reduce(0) { $0 + exp($1) * $1 })
    }
    var entropy: Float = 0
    let sum = table.log_sum(Int64(count), scale, x, &entropy)
    let expected = reference(x.map(Double.init))
    #expect(abs(Double(x[target] * scale - sum) - expected.logprob) < 2e-6)
    #expect(abs(Double(entropy) - expected.entropy) < 2e-6)
    for (a, b) in [(1, 0), (0, 1), (-0.7, 0.3)] as [(Float, Float)] {
      var dx = x
      table.log_sum_backward(Int64(count), scale, &dx, sum, entropy, Int64(target), a, b)
      let slope = differences(x) {
        let y = reference($0)
        return Double(a) * y.logprob + Double(b) * y.entropy
      }
      // Absolute: the slopes of two tokens cancel down to the rounding of log-sum and entropy.
      for (actual, expected) in zip(dx, slope) { #expect(abs(actual - expected) < 1e-6) }
    }
  }

  @Test("exponentials over their whole range", arguments: levels)
  func exponentials(_ level: Int32) {
    let table = Kernels(level: level).table.pointee
    let x = (-1740...1760).map { Float($0) * 0.05 } + [-.infinity, -1e9, 89, 1e9, .infinity]
    var y = x
    table.exponentials(Int64(x.count), 1, x, 0, &y)
    for (a, b) in zip(x, y) {
      let expected = Float(exp(Double(a)))
      if a < -87.3 {
        #expect(b >= 0 && b < 1.3e-38)
      } else {
        #expect(expected == b || abs(b / expected - 1) < 3e-7, "exp(\(a))")
      }
    }
  }

  @Test("a NaN is never lost", arguments: levels)
  func notANumber(_ level: Int32) {
    let table = Kernels(level: level).table.pointee
    for position in [0, 5, 16, 20] {
      var x = numbers(21, 1)
      x[position] = .nan
      var out = x
      #expect(table.log_sum(21, 1, x, nil).isNaN)
      table.norm(1, 21, x, x, 0, 1e-5, &out, nil)
      #expect(out.allSatisfy { $0.isNaN })
      out = x
      table.causal_softmax(1, 21, 99, 21, 21, 1, &out, nil)
      #expect(out.allSatisfy { $0.isNaN })
      table.exponentials(21, 1, x, 0, &out)
      #expect(out[position].isNaN && !out[(position + 1) % 21].isNaN)
      #expect(table.sum_of_squares(21, x).isNaN && !table.finite(21, x))
      #expect(table.finite(Int64(position), x))
    }
    #expect(!table.finite(1, [.infinity]))
  }

  @Test("an index is picked where the running sum passes u", arguments: levels, [1, 63, 64, 200])
  func pick(_ level: Int32, _ count: Int) {
    let table = Kernels(level: level).table.pointee
    let p = (0..<count).map { $0 % 3 == 1 ? 0 : Float($0 % 7 + 1) }
    let total = p.reduce(0, +)
    var running: Float = 0
    for (index, share) in p.enumerated() where share > 0 {
      #expect(table.sample_index(Int64(count), p, (Double(running) + 0.01) / Double(total)) == Int64(index))
      running += share
      #expect(table.sample_index(Int64(count), p, (Double(running) - 0.01) / Double(total)) == Int64(index))
    }
    #expect(table.sample_index(Int64(count), [Float](repeating: 0, count: count), 0.5) == -1)
    #expect(table.sample_index(Int64(count), p, 0x1.fffffffffffffp-1) >= 0)
  }
}
