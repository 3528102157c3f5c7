internal import CTransformerKernels

/// Memory for keys and values of one decoding thread, in blocks of some positions in all layers: sequences take them as
/// they grow and give them back when they end.
final class KeyValueBlocks {
  /// Positions of a block.
  static let positions = Int(TK_POSITIONS)

  private let network: Network
  private let kernels: Kernels
  private let base: Packed
  /// Bytes of the keys and of the values of one head, and of one layer.
  private let keySize, valueSize, layerSize: Int
  private var free: [Int]

  /// Blocks that hold `count` positions.
  static func blocks(_ count: Int) -> Int { (count + positions - 1) / positions }

  /// Floats of a block.
  static func size(_ network: Network) -> Int {
    let (w, kernels) = (network.widths, network.attentionKernels)
    return w.layers * w.keyValueHeads
      * (kernels.packedSize(depth: w.headSize, columns: positions)
        + kernels.packedSize(depth: positions, columns: w.headSize))
  }

  /// - Parameter base: ``size(_:)`` floats for each of `count` blocks.
  ///
  /// Shapes: base [count, layers, a layer's keys and values].
  init(_ network: Network, _ base: Floats, count: Int) {
    self.network = network
    self.base = Packed(base)
    let w = network.widths
    kernels = network.attentionKernels
    keySize = 4 * kernels.packedSize(depth: w.headSize, columns: Self.positions)
    valueSize = 4 * kernels.packedSize(depth: Self.positions, columns: w.headSize)
    layerSize = w.keyValueHeads * (keySize + valueSize)
    free = (0..<count).reversed()
  }

  /// Blocks that nobody has.
  var freeCount: Int { free.count }

  /// A block; its memory holds anything.
  func take() -> Int? { free.popLast() }

  func giveBack(_ blocks: [Int]) { free += blocks.reversed() }

  /// Packed keys of all heads in a layer.
  ///
  /// Shapes: [keyValueHeads, positions / panel, head size, panel].
  func keys(_ block: Int, layer: Int) -> Packed {
    base + (block * network.widths.layers + layer) * layerSize
  }

  /// Packed values of all heads in a layer.
  ///
  /// Shapes: [keyValueHeads, head size / panel, positions, panel].
  func values(_ block: Int, layer: Int) -> Packed {
    keys(block, layer: layer) + network.widths.keyValueHeads * keySize
  }

  /// Packs keys and values of one head, `stride` apart, from the first position on.
  ///
  /// Shapes: keys, values [count, head size] by stride.
  func store(
    _ blocks: [Int], layer: Int, head: Int, count: Int, keys: Floats, values: Floats, stride: Int
  ) {
    let w = network.widths
    for (index, block) in blocks.enumerated() {
      let first = index * Self.positions
      let rows = min(Self.positions, count - first)
      kernels.pack(
        keys + first * stride, rowStride: 1, columnStride: stride, depth: w.headSize, columns: rows,
        into: self.keys(block, layer: layer) + head * keySize)
      kernels.pack(
        values + first * stride, rowStride: stride, columnStride: 1, depth: rows, columns: w.headSize,
        capacity: Self.positions, into: self.values(block, layer: layer) + head * valueSize)
    }
  }

  /// Keeps keys and values of one position.
  ///
  /// Shapes: keys, values [keyValueHeads, head size].
  func store(_ block: Int, layer: Int, at position: Int, keys: Floats, values: Floats) {
    let w = network.widths
    for head in 0..<w.keyValueHeads {
      kernels.put(
        keys + head * w.headSize, asColumn: position, depth: w.headSize,
        in: self.keys(block, layer: layer) + head * keySize)
      kernels.put(
        values + head * w.headSize, asRow: position, columns: w.headSize, capacity: Self.positions,
        in: self.values(block, layer: layer) + head * valueSize)
    }
  }
}
