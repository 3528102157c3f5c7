internal import CTransformerKernels

extension Network {
  /// Runs one chunk through all layers; the result is the input of the layer after the last.
  func forward(
    _ batch: PackedBatch, _ chunk: PackedBatch.Chunk, _ activations: Activations, _ space: Workspace,
    prompt: PromptPass? = nil
  ) {
    for row in chunk.tokens {
      embed(
        batch.tokens[row], position: batch.positions[row],
        into: activations.input + (row - chunk.tokens.lowerBound) * widths.hidden)
    }
    for layer in 0..<widths.layers {
      // Of a prompt's last layer only the last token is wanted; of the others, keys and values.
      let isLast = prompt != nil && layer == widths.layers - 1
      let part = activations.layer(layer, space.unrounded)
      forward(
        layer, batch, chunk, part, space, prompt: prompt, needsOutput: true,
        from: isLast ? chunk.tokens.count - 1 : 0)
      space.unrounded.keep(part, rows: chunk.tokens.count, kernels)
    }
  }

  /// One layer of one chunk. Without `needsOutput`, as far as backward needs it; of the rows before `first`, which
  /// only a chunk of one sequence may have, no more than keys and values.
  func forward(
    _ layer: Int, _ batch: PackedBatch, _ chunk: PackedBatch.Chunk, _ part: LayerActivations,
    _ space: Workspace, prompt: PromptPass? = nil, needsOutput: Bool, from first: Int = 0
  ) {
    let rows = chunk.tokens.count
    batch.positions.withUnsafeBufferPointer { positions in
      guard let positions = positions.baseAddress else { return }
      for first in stride(from: 0, to: rows, by: Workspace.rows) {
        let slice = BlockRows(
          part, from: first, count: min(Workspace.rows, rows - first), space, widths)
        project(layer, slice, positions + chunk.tokens.lowerBound + first)
      }
    }
    for index in chunk.sequences {
      let span = prompt?.span(of: rows) ?? batch.span(index, in: chunk)
      for head in 0..<widths.keyValueHeads {
        attend(layer, part, span, head: head, space, prompt: prompt, from: first)
      }
    }
    prompt?.keep(layer, part.qkv, widths)
    for start in stride(from: first, to: rows, by: Workspace.rows) {
      feedForward(
        layer, BlockRows(part, from: start, count: min(Workspace.rows, rows - start), space, widths),
        needsOutput: needsOutput)
    }
  }
}
