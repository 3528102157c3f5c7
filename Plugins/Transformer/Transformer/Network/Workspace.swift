/// One thread's private memory during a pass.
struct Workspace {
  /// Rows that go through a layer's products together.
  static let rows = 96
  /// Query rows of one attention tile.
  static let tile = 48

  let normed, inner, logits, keys, values, scores: Floats

  /// - Parameter longest: the longest sequence in tokens.
  init?(_ carver: inout FloatCarver, _ network: Network, longest: Int) {
    let w = network.widths
    let padded = network.kernels.padded(longest)
    let normed = carver.carve(Self.rows * w.hidden)
    let inner = carver.carve(Self.rows * w.feedForward)
    let logits = carver.carve(Self.tile * network.kernels.padded(w.vocabulary))
    let keys = carver.carve(network.kernels.packedSize(depth: w.head, columns: longest))
    let values = carver.carve(network.kernels.packedSize(depth: longest, columns: w.head))
    let scores = carver.carve(Self.tile * padded)
    guard let normed, let inner, let logits, let keys, let values, let scores else { return nil }
    (self.normed, self.inner, self.logits) = (normed, inner, logits)
    (self.keys, self.values, self.scores) = (keys, values, scores)
  }
}
