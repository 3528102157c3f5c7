/// Keys and values of one prompt, and its first distribution. Shared by the prompt's samples; the blocks go back with
/// the last of them.
final class PromptCache {
  let prompt: Int
  let tokens: Int
  /// Logits after the last prompt token.
  let logits: FloatBuffer
  let blocks: [Int]
  private let memory: KeyValueBlocks

  init(_ memory: KeyValueBlocks, _ blocks: [Int], prompt: Int, tokens: Int, logits: Int) throws {
    self.memory = memory
    self.blocks = blocks
    self.prompt = prompt
    self.tokens = tokens
    self.logits = try FloatBuffer(logits)
  }

  deinit { memory.giveBack(blocks) }

  /// Keeps what a layer computed for one head of the whole prompt.
  ///
  /// Shapes: keys, values [tokens, head size] by stride.
  func store(layer: Int, head: Int, keys: Floats, values: Floats, stride: Int) {
    memory.store(
      blocks, layer: layer, head: head, count: tokens, keys: keys, values: values, stride: stride)
  }
}
