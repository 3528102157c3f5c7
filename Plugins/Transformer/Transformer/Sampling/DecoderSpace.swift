/// Memory of one decoding thread: keys and values of its rows, and the activations of one step.
struct DecoderSpace {
  let rows: Int
  /// New tokens a row has room for.
  let capacity: Int
  let x, normed, fused, attention, gate, inner, logits, queries, mixed, scores, probabilities, branch: Floats
  let scoreStride: Int
  private let cache: Floats
  private let keySize, valueSize, heads, slotSize: Int

  /// Bytes of keys and values of one row.
  static func bytesPerRow(_ network: Network, capacity: Int) -> Int {
    let w = network.widths
    let kernels = network.kernels
    return 4 * w.layers * w.keyValueHeads
      * (kernels.packedSize(depth: w.head, columns: capacity)
        + kernels.packedSize(depth: capacity, columns: w.head))
  }

  init?(_ carver: inout FloatCarver, _ network: Network, rows: Int, capacity: Int, longestPrompt: Int) {
    let w = network.widths
    let kernels = network.kernels
    self.rows = rows
    self.capacity = capacity
    heads = w.keyValueHeads
    keySize = kernels.packedSize(depth: w.head, columns: capacity)
    valueSize = kernels.packedSize(depth: capacity, columns: w.head)
    slotSize = w.layers * heads * (keySize + valueSize)
    scoreStride = kernels.padded(longestPrompt) + kernels.padded(capacity)
    let sizes = [
      rows * w.hidden, rows * w.hidden, rows * w.fused, rows * w.query, rows * w.gate,
      rows * w.feedForward, rows * kernels.padded(w.vocabulary), rows * w.group * w.head,
      rows * w.group * w.head,
      rows * w.group * scoreStride, w.vocabulary, rows * w.branch, rows * slotSize,
    ]
    let pieces = sizes.map { carver.carve($0) }.compactMap { $0 }
    guard pieces.count == sizes.count else { return nil }
    (x, normed, fused, attention) = (pieces[0], pieces[1], pieces[2], pieces[3])
    (gate, inner, logits, queries) = (pieces[4], pieces[5], pieces[6], pieces[7])
    (mixed, scores, probabilities, branch) = (pieces[8], pieces[9], pieces[10], pieces[11])
    cache = pieces[12]
  }

  /// Packed like a prompt's: panels of [head size][panel].
  func keys(slot: Int, layer: Int, head: Int) -> Floats {
    cache + slot * slotSize + (layer * heads + head) * (keySize + valueSize)
  }

  /// Panels of [capacity][panel].
  func values(slot: Int, layer: Int, head: Int) -> Floats {
    keys(slot: slot, layer: layer, head: head) + keySize
  }
}
