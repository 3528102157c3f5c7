internal import Glibc
internal import PolyaCore

/// Weights tokens by the ratio of their probability in training to that in sampling, where the two differ: another engine,
/// other arithmetic, or older weights.
///
/// With a correction, the loss compares the policy with the trained model's own log-probs at the step's beginning instead
/// of the sampler's.
package struct SamplerCorrection: Sendable, Equatable {
  /// What becomes of the weights.
  package enum Form: Sendable, Equatable {
    /// min(w, cap): truncated importance sampling, TIS.
    case truncated(cap: Double)
    /// w up to the cap, 0 above it: masked importance sampling, MIS.
    case masked(cap: Double)
    /// w within the band, 0 outside: IcePop (Ling team 2025, arXiv:2510.18855).
    case banded(low: Double, high: Double)
  }

  /// What a weight is of.
  package enum Level: String, Sendable, CaseIterable {
    case token
    /// Of the whole completion: the product of its tokens' ratios.
    case sequence
  }

  /// What becomes of the weights.
  package var form: Form
  /// What a weight is of.
  package var level: Level

  private static let levelSetting = Setting<Level>.choice(
    "level", "Whether each token has a weight, or the whole completion one: the product."
  ).standard(.token)
  private static func cap(_ help: String) -> Setting<Double> {
    Setting.real("cap", in: 0...1e6, help).standard(2)
  }
  private static let truncatedCap = cap("The largest weight.")
  private static let maskedCap = cap("The weight above which a token is left out.")
  private static let low = Setting.real("low", in: 0...1, "The weight below which a token is left out.")
    .standard(0.5)
  private static let high = Setting.real("high", in: 1...1e6, "The weight above which a token is left out.")
    .standard(5)

  /// What a manifest asks for.
  enum Choice: Sendable {
    case asNeeded, none
    case always(SamplerCorrection)

    /// The correction of rollouts that a model draws; nil if it is the trained one.
    func correction(for sampler: ModelInfo?) -> SamplerCorrection? {
      switch self {
      case .none: nil
      case .always(let correction): correction
      case .asNeeded:
        sampler?.isQuantized == true ? SamplerCorrection(form: .truncated(cap: 2), level: .token) : nil
      }
    }
  }

  static let variants: [Variant<Choice>] = [
    Variant("as-needed", "'truncated' if the sampler computes with whole numbers of 8 bits, else 'none'.") {
      _ in .asNeeded
    },
    Variant("none", "The loss takes the sampler's log-probs as they are.") { _ in .none },
    Variant(
      "truncated", "TIS: the ratio of training to sampling as a weight, up to a cap.",
      [truncatedCap, levelSetting]
    ) {
      .always(
        SamplerCorrection(form: .truncated(cap: try $0.read(truncatedCap)), level: try $0.read(levelSetting)))
    },
    Variant(
      "masked", "MIS: the ratio as a weight; tokens above the cap are left out.", [maskedCap, levelSetting]
    ) {
      .always(SamplerCorrection(form: .masked(cap: try $0.read(maskedCap)), level: try $0.read(levelSetting)))
    },
    Variant(
      "banded", "IcePop (arXiv:2510.18855): the ratio as a weight; tokens outside of a band are left out.",
      [low, high, levelSetting]
    ) {
      .always(
        SamplerCorrection(
          form: .banded(low: try $0.read(low), high: try $0.read(high)), level: try $0.read(levelSetting)))
    },
  ]

  /// Creates a correction.
  package init(form: Form, level: Level) {
    self.form = form
    self.level = level
  }

  /// Returns the weight of each token of a completion.
  func weights(trained: [Double], sampled: [Double]) -> [Double] {
    let differences = zip(trained, sampled).map { $0 - $1 }
    switch level {
    case .token: return differences.map { weight(exp($0)) }
    case .sequence:
      let weight = weight(exp(differences.reduce(0, +)))
      return differences.map { _ in weight }
    }
  }

  private func weight(_ ratio: Double) -> Double {
    switch form {
    case .truncated(let cap): min(ratio, cap)
    case .masked(let cap): ratio > cap ? 0 : ratio
    case .banded(let low, let high): ratio < low || ratio > high ? 0 : ratio
    }
  }
}
