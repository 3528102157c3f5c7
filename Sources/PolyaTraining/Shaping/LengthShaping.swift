internal import PolyaCore

/// The soft overlong punishment of DAPO (Yu et al. 2025, arXiv:2503.14476, eq. 13): nothing up to `limit - buffer` tokens,
/// then down in a line to -1 at the limit, times a factor.
package struct LengthShaping: RewardShaping {
  private let buffer: Int?
  private let factor: Double

  private static let bufferSetting = Setting.integer(
    "buffer", in: 1...1_000_000, "The number of tokens below 'max-tokens' over which the punishment grows."
  ).optional("a fifth of 'max-tokens'")
  private static let factorSetting = Setting.real(
    "factor", in: 0...1e6, "What a completion loses that reaches 'max-tokens'."
  ).standard(1)

  static let variant = Variant<any RewardShaping>(
    "length",
    "DAPO's soft overlong punishment (arXiv:2503.14476): completions near the token limit lose reward.",
    [bufferSetting, factorSetting]
  ) { LengthShaping(buffer: try $0.read(bufferSetting), factor: try $0.read(factorSetting)) }

  /// Returns numbers from -factor to 0.
  package func terms(_ batch: RewardBatch) -> [Double] {
    let limit = Double(batch.tokenLimit)
    let buffer = min(buffer.map(Double.init) ?? limit / 5, limit)
    return batch.tokens.map { tokens in
      let over = (Double(tokens) - (limit - buffer)) / buffer
      return -factor * min(max(over, 0), 1)
    }
  }
}
