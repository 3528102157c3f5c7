/// Packed keys and values of one prompt, for all layers, and its first distribution. Shared by the prompt's samples.
final class PromptCache {
  let prompt: Int
  let tokens: Int
  /// Logits after the last prompt token.
  let logits: Floats
  private let buffer: FloatBuffer
  private let keySize, valueSize, heads: Int

  init(_ network: Network, prompt: Int, tokens: Int) throws {
    let w = network.widths
    self.prompt = prompt
    self.tokens = tokens
    heads = w.keyValueHeads
    keySize = network.kernels.packedSize(depth: w.head, columns: tokens)
    valueSize = network.kernels.packedSize(depth: tokens, columns: w.head)
    let logitCount = network.kernels.padded(w.vocabulary)
    buffer = try FloatBuffer(logitCount + w.layers * heads * (keySize + valueSize))
    logits = buffer.base
    store = buffer.base + logitCount
  }

  private let store: Floats

  func keys(layer: Int, head: Int) -> Floats { store + (layer * heads + head) * (keySize + valueSize) }
  func values(layer: Int, head: Int) -> Floats { keys(layer: layer, head: head) + keySize }
}
