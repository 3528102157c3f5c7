/// The weight matrices as right-hand sides of matrix products, made anew when the weights change.
final class PackedWeights {
  struct Block { let fused, output, gateUp, down: Floats }

  /// What products the matrices are packed for.
  enum Direction {
    /// activations x W^T
    case forward
    /// gradients x W
    case backward
  }

  private let buffer: FloatBuffer
  private(set) var blocks: [Block] = []
  private(set) var head: Floats
  private var version = -1
  private let direction: Direction

  init(_ network: Network, _ direction: Direction) throws {
    self.direction = direction
    let w = network.widths
    let kernels = network.kernels
    func size(_ rows: Int, _ columns: Int) -> Int {
      direction == .forward
        ? kernels.packedSize(depth: columns, columns: rows)
        : kernels.packedSize(depth: rows, columns: columns)
    }
    let fused = size(w.fused, w.hidden)
    let output = size(w.hidden, w.query)
    let gateUp = size(2 * w.feedForward, w.hidden)
    let down = size(w.hidden, w.feedForward)
    let perBlock = fused + output + gateUp + down
    buffer = try FloatBuffer(perBlock * w.layers + size(w.vocabulary, w.hidden))
    for layer in 0..<w.layers {
      let base = buffer.base + layer * perBlock
      blocks.append(
        Block(
          fused: base, output: base + fused, gateUp: base + fused + output,
          down: base + fused + output + gateUp))
    }
    head = buffer.base + w.layers * perBlock
  }

  func update(_ network: Network, threads: Int) {
    guard version != network.weights.version else { return }
    let w = network.widths
    let base = network.weights.values.base
    let layout = network.weights.layout
    network.pool.run(w.layers * 4 + 1, threads: threads) { _, index in
      let layer = index / 4
      guard layer < w.layers else {
        return pack(network.kernels, base + layout.head, w.vocabulary, w.hidden, head)
      }
      let from = layout.blocks[layer]
      let to = blocks[layer]
      switch index % 4 {
      case 0: pack(network.kernels, base + from.fused, w.fused, w.hidden, to.fused)
      case 1: pack(network.kernels, base + from.output, w.hidden, w.query, to.output)
      case 2: pack(network.kernels, base + from.gateUp, 2 * w.feedForward, w.hidden, to.gateUp)
      default: pack(network.kernels, base + from.down, w.hidden, w.feedForward, to.down)
      }
    }
    version = network.weights.version
  }

  private func pack(_ kernels: Kernels, _ matrix: Floats, _ rows: Int, _ columns: Int, _ to: Floats) {
    switch direction {
    case .forward:
      kernels.pack(matrix, rowStride: 1, columnStride: columns, depth: columns, columns: rows, into: to)
    case .backward:
      kernels.pack(matrix, rowStride: columns, columnStride: 1, depth: rows, columns: columns, into: to)
    }
  }
}
