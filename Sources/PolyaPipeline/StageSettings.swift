package import PolyaCore

extension Sampling {
  private static let maxTokens = Setting.integer(
    "max-tokens", in: 1...1_000_000, "The most tokens of one completion."
  ).standard(256)
  private static let temperature = Setting.real(
    "temperature", in: 0...100, "Divides the logits; 0 takes the most likely token."
  ).standard(1)
  private static let topK = Setting.integer(
    "top-k", "Draws only from this many of the most likely tokens; 0 draws from all."
  ).standard(0)
  private static let topP = Setting.real(
    "top-p", in: 0...1, "Draws only from the most likely tokens whose probabilities reach this sum."
  ).standard(1)
  private static let minP = Setting.real(
    "min-p", in: 0...1, "Draws only from tokens at least this probable, as a share of the most likely one."
  ).standard(0)
  private static let stop = Setting.strings(
    "stop", "Strings that end a completion; they are not part of it."
  ).standard([])

  /// The keys of every stage that samples.
  package static let settings: [any DeclaredSetting] = [maxTokens, temperature, topK, topP, minP, stop]

  /// Reads the sampling parameters of a stage.
  package init(_ reader: ObjectReader) throws {
    self.init(
      maxTokens: try reader.read(Self.maxTokens), temperature: try reader.read(Self.temperature),
      topK: try reader.read(Self.topK), topP: try reader.read(Self.topP), minP: try reader.read(Self.minP),
      stop: try reader.read(Self.stop))
  }
}
