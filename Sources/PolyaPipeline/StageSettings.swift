public import PolyaCore

extension ObjectReader {
  /// The sampling parameters of a stage, which every stage that asks a model reads by the same keys.
  public func sampling() throws -> Sampling {
    Sampling(
      maxTokens: try integer("max-tokens", in: 1...1_000_000) ?? 256,
      temperature: try real("temperature", in: 0...100) ?? 1, topK: try integer("top-k") ?? 0,
      topP: try real("top-p", in: 0...1) ?? 1, minP: try real("min-p", in: 0...1) ?? 0,
      stop: try strings("stop") ?? [])
  }
}
