extension BackwardPass {
  /// What the memory of a pass depends on.
  struct Sizes {
    let tokens, longest, largestChunk, chunks, scoreRows: Int
    let recomputes, isRounded: Bool

    init(_ network: Network, _ tape: Tape, slabs: [Range<Int>], scoreRows: Int) {
      let batch = tape.batch
      tokens = slabs.reduce(1) {
        let first = batch.chunks[$1.lowerBound].tokens.lowerBound
        return max($0, batch.chunks[$1.upperBound - 1].tokens.upperBound - first)
      }
      longest = batch.longest
      largestChunk = batch.largestChunk
      chunks = slabs.reduce(1) { max($0, $1.count) }
      self.scoreRows = scoreRows
      recomputes = tape.activations.keeping == .inputs
      isRounded = tape.activations.isRounded
    }
  }

  /// Memory of a pass, carved from one buffer.
  struct Memory {
    let slab: SlabBuffers
    let spaces: [BackwardSpace]
    let panels: BackwardPanels
    let vectorParts, scoreLogits, scoreNormed, scoreHidden, layerGradients: Floats
    let normedStack, logitStack: Packed

    init?(_ carver: inout FloatCarver, _ network: Network, _ sizes: Sizes, threads: Int) {
      let w = network.widths
      let kernels = network.kernels
      let slab = Self.slab(&carver, network, tokens: sizes.tokens)
      let spaces = (0..<threads).compactMap { _ in Self.space(&carver, network, sizes) }
      let panels = BackwardPanels(&carver, network)
      let tiles = (sizes.scoreRows + Workspace.tile - 1) / Workspace.tile
      let vectors = network.layout.blocks.reduce(tiles * network.layout.finalVectors.count) {
        max($0, sizes.chunks * $1.vectors.count)
      }
      let others = [
        vectors, tiles * Workspace.tile * kernels.padded(w.vocabulary), sizes.scoreRows * w.hidden,
        sizes.scoreRows * w.hidden, kernels.leftStackSize(rows: sizes.scoreRows, columns: w.hidden),
        kernels.stackSize(rows: sizes.scoreRows, columns: min(w.vocabulary, BackwardPass.stackedLogits)),
        network.adapters == nil ? 0 : network.layout.blocks.reduce(0) { max($0, $1.storage.count) },
      ].map { carver.carve($0) }.compactMap(\.self)
      guard let slab, spaces.count == threads, let panels, others.count == 7 else { return nil }
      (self.slab, self.spaces, self.panels) = (slab, spaces, panels)
      (vectorParts, scoreLogits, scoreNormed) = (others[0], others[1], others[2])
      (scoreHidden, layerGradients) = (others[3], others[6])
      (normedStack, logitStack) = (Packed(others[4]), Packed(others[5]))
    }

    private static func slab(
      _ carver: inout FloatCarver, _ network: Network, tokens: Int
    ) -> SlabBuffers? {
      let w = network.widths
      let sizes =
        [w.hidden, w.hidden, w.hidden].map { tokens * $0 }
        + [w.hidden, w.hidden, w.feedForward, w.query].map {
          network.kernels.leftStackSize(rows: tokens, columns: $0)
        }
        + [w.gate, w.hidden, w.qkv, w.hidden].map { network.kernels.stackSize(rows: tokens, columns: $0) }
      let s = sizes.map { carver.carve($0) }.compactMap(\.self)
      guard s.count == sizes.count else { return nil }
      return SlabBuffers(
        output: s[0], middle: s[1], input: s[2], postAttentionNormed: Packed(s[3]),
        inputNormed: Packed(s[4]), inner: Packed(s[5]), attention: Packed(s[6]), dgate: Packed(s[7]),
        ddown: Packed(s[8]), dqkv: Packed(s[9]), doutput: Packed(s[10]))
    }

    private static func space(
      _ carver: inout FloatCarver, _ network: Network, _ sizes: Sizes
    ) -> BackwardSpace? {
      let w = network.widths
      let kernels = network.attentionKernels
      let made = network.architecture
      let scores = Workspace.tile * kernels.padded(sizes.longest)
      let across = kernels.packedSize(depth: w.headSize, columns: sizes.longest)
      let counts = [
        across, kernels.packedSize(depth: sizes.longest, columns: w.headSize), across,
        kernels.packedSize(depth: Workspace.tile, columns: w.headSize), scores, scores,
        made.attentionCap == nil ? 0 : scores, sizes.longest * 2 * w.headSize, sizes.longest * 2 * w.headSize,
        sizes.longest, sizes.largestChunk * w.qkv, sizes.largestChunk * w.query, Workspace.rows * w.gate,
        Workspace.rows * w.feedForward, Workspace.rows * w.hidden, Workspace.rows * w.branch, Workspace.rows,
        made.logitCap == nil ? 0 : w.vocabulary, sizes.recomputes ? sizes.largestChunk * w.hidden : 0,
      ]
      let s = counts.map { carver.carve($0) }.compactMap(\.self)
      let workspace = Workspace(&carver, network, longest: sizes.recomputes ? sizes.longest : 0)
      let unrounded = Unrounded(
        &carver, w, tokens: sizes.isRounded ? sizes.largestChunk : 0)
      guard s.count == counts.count, let workspace, let unrounded else { return nil }
      return BackwardSpace(
        keys: Packed(s[0]), keyRows: Packed(s[1]), valuesAcross: Packed(s[2]), rows: Packed(s[3]),
        probabilities: s[4], slopes: s[5],
        caps: s[6], joined: s[7], dkeys: s[8], dots: s[9], qkv: s[10], attention: s[11], gate: s[12],
        inner: s[13], normed: s[14], branch: s[15], inverse: s[16], line: s[17],
        recomputed: (workspace, s[18]), unrounded: unrounded)
    }
  }
}
