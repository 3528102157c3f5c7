/// Keys and values of the last prompt that a thread has computed, so that the next one begins where they part.
///
/// Prompts come in lexicographic order, in which the one before shares the longest beginning.
final class PrefixMemory {
  /// Tokens whose keys and values are there.
  private var tokens: [Int32] = []
  private let capacity: Int
  /// [layers, capacity, keys and values]
  private let base: Floats

  /// Carves storage for the beginning of prompts of up to `longest` tokens, in at most `bytes`: what a prompt has beyond is
  /// computed again.
  init?(_ carver: inout FloatCarver, _ w: Widths, longest: Int, bytes: Int) {
    let each = w.layers * 2 * w.keyValue
    capacity = min(longest, bytes / (4 * each))
    guard let base = carver.carve(capacity * each) else { return nil }
    self.base = base
  }

  /// Begins another prompt, whose keys and values will be kept; how many of its tokens are computed already.
  ///
  /// Its last token is computed in any case, since the distribution after it is wanted.
  func begin(_ prompt: [Int32]) -> Int {
    let most = min(tokens.count, prompt.count - 1)
    var shared = 0
    while shared < most, tokens[shared] == prompt[shared] { shared += 1 }
    tokens = Array(prompt.prefix(capacity))
    return shared
  }

  /// Keys of a layer, each followed by its values: [capacity, 2, keyValue].
  func keys(_ layer: Int, _ w: Widths) -> Floats { base + layer * capacity * 2 * w.keyValue }

  /// Keeps keys and values of the prompt's tokens after the `shared` first.
  ///
  /// Shapes: qkv [tokens, qkv].
  func keep(_ layer: Int, _ qkv: Floats, after shared: Int, _ w: Widths) {
    let to = keys(layer, w)
    for position in shared..<max(shared, tokens.count) {
      (to + position * 2 * w.keyValue).update(
        from: qkv + (position - shared) * w.qkv + w.query, count: 2 * w.keyValue)
    }
  }
}

/// A prompt on its way through the layers.
struct PromptPass {
  let cache: PromptCache
  private let prefix: PrefixMemory
  /// Tokens at its beginning that are computed already.
  let shared: Int

  init(_ cache: PromptCache, _ prefix: PrefixMemory, shared: Int) {
    self.cache = cache
    self.prefix = prefix
    self.shared = shared
  }

  /// Its rows after the shared ones.
  func span(of rows: Int) -> PackedBatch.Span { PackedBatch.Span(before: 0..<shared, own: 0..<rows) }

  /// Keys of one head of the shared tokens, as far apart as `stride`.
  func shared(_ layer: Int, head: Int, _ w: Widths) -> (keys: Floats, stride: Int) {
    (prefix.keys(layer, w) + head * w.headSize, 2 * w.keyValue)
  }

  func keep(_ layer: Int, _ qkv: Floats, _ w: Widths) { prefix.keep(layer, qkv, after: shared, w) }
}
