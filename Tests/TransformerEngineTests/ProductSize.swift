import Testing

@testable import TransformerEngine

/// Matrix products of one size against plain sums in double precision.
struct ProductSize: CustomTestStringConvertible {
  let m, n, k: Int
  var testDescription: String { "\(m) x \(n) x \(k)" }

  static let all = [
    ProductSize(m: 1, n: 1, k: 1), ProductSize(m: 2, n: 32, k: 20), ProductSize(m: 13, n: 47, k: 33),
    ProductSize(m: 12, n: 64, k: 16), ProductSize(m: 31, n: 96, k: 257), ProductSize(m: 5, n: 17, k: 1100),
    ProductSize(m: 40, n: 3, k: 600), ProductSize(m: 9, n: 300, k: 70),
  ]

  private func numbers(_ count: Int, _ stream: Int) -> [Float] { Samples(99).normals(count, stream: stream) }
  private var a: [Float] { numbers(m * k, 1) }
  private var b: [Float] { numbers(k * n, 2) }
  private var c: [Float] { numbers(m * n, 3) }

  private func expected(
    _ kernels: Kernels, _ aTransposed: Bool, _ bTransposed: Bool, plus: Bool
  ) -> [Float] {
    let (a, b, c) = (self.a.map(kernels.rounded), self.b.map(kernels.rounded), self.c)
    return (0..<m * n).map { index in
      let (i, j) = (index / n, index % n)
      let sum = (0..<k).reduce(0.0) { total, p in
        total + Double(aTransposed ? a[p * m + i] : a[i * k + p])
          * Double(bTransposed ? b[j * k + p] : b[p * n + j])
      }
      return Float(sum + (plus ? Double(c[index]) : 0))
    }
  }

  /// Packs and multiplies, then stacks and accumulates.
  func check(_ kernels: Kernels) {
    multiply(kernels)
    if m % kernels.group == 0 { accumulate(kernels) }
  }

  private func multiply(_ kernels: Kernels) {
    let (a, b, c) = (self.a, self.b, self.c)
    for (aTransposed, bTransposed, plus) in [
      (false, false, false), (true, false, true), (false, true, true), (true, true, false),
    ] {
      var packed = [Float](repeating: .nan, count: kernels.packedSize(depth: k, columns: n))
      kernels.pack(
        b, rowStride: bTransposed ? 1 : n, columnStride: bTransposed ? k : 1, depth: k, columns: n,
        into: &packed)
      var result = c
      result.withUnsafeMutableBufferPointer { result in
        guard let base = result.baseAddress else { return }
        kernels.multiply(
          rows: m, columns: n, depth: k, a, stride: aTransposed ? m : k, transposed: aTransposed, by: &packed,
          into: base, n, plus: plus ? UnsafePointer(base) : nil, n)
      }
      #expect(relativeError(result, expected(kernels, aTransposed, bTransposed, plus: plus)) < 2e-6)
    }
  }

  private func accumulate(_ kernels: Kernels) {
    let (a, b, c) = (self.a, self.b, self.c)
    var stack = [Float](repeating: .nan, count: kernels.stackSize(rows: k, columns: n))
    kernels.stack(b, stride: n, at: 0, rows: k / 2, columns: n, into: &stack)
    b.withUnsafeBufferPointer {
      guard let base = $0.baseAddress else { return }
      kernels.stack(base + k / 2 * n, stride: n, at: k / 2, rows: k - k / 2, columns: n, into: &stack)
    }
    // Rows one by one and in pairs, from odd and from even ones on.
    var left = [Float](repeating: .nan, count: kernels.leftStackSize(rows: k, columns: m))
    a.withUnsafeBufferPointer { a in
      guard let base = a.baseAddress else { return }
      let first = min(k, 7)
      kernels.stackLeft(base, stride: m, at: 0, rows: first, columns: m, into: &left)
      kernels.stackLeft(base + first * m, stride: m, at: first, rows: k - first, columns: m, into: &left)
    }
    // In panels: element (i, j) of the sum, in two calls whose columns meet where two threads' would.
    let (panel, group) = (kernels.panel, kernels.group)
    func at(_ i: Int, _ j: Int) -> Int {
      j / panel * panel * m + i / group * group * panel + j % panel * group + i % group
    }
    var sum = [Float](repeating: 0, count: kernels.padded(n) * m)
    for i in 0..<m { for j in 0..<n { sum[at(i, j)] = c[i * n + j] } }
    let cut = min(kernels.share(of: n, among: 2), n)
    for columns in [0..<cut, cut..<n] where !columns.isEmpty {
      kernels.accumulate(rows: m, columns: columns, of: n, depth: k, &left, by: &stack, into: &sum)
    }
    let unpacked = (0..<m * n).map { sum[at($0 / n, $0 % n)] }
    #expect(relativeError(unpacked, expected(kernels, true, false, plus: true)) < 2e-6)
  }
}

extension Float {
  /// The nearest bf16, the even one of two, by definition: of the two with eight significant bits around it.
  var inBF16: Float {
    let below = Float(bitPattern: bitPattern & 0xFFFF_0000)
    let above = Float(bitPattern: (bitPattern & 0xFFFF_0000) &+ 0x1_0000)
    let (down, up) = (
      Double(magnitude) - Double(below.magnitude), Double(above.magnitude) - Double(magnitude)
    )
    guard down != up else { return below.bitPattern >> 16 & 1 == 0 ? below : above }
    return down < up ? below : above
  }
}

extension Kernels {
  /// A number as these products see it.
  func rounded(_ number: Float) -> Float { precision == .bf16 ? number.inBF16 : number }
}
