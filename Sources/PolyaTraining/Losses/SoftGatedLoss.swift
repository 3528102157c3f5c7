internal import Glibc
internal import PolyaCore

/// -(4 / τ) σ(τ (w - 1)) A: SAPO (Gao et al. 2025, arXiv:2511.20347, eq. 5). The gate's slope is 1 at the ratio 1 and falls
/// smoothly on both sides, faster for negative advantages.
package struct SoftGatedLoss: PolicyLoss {
  private let positive: Double
  private let negative: Double

  private static let positiveSetting = Setting.real(
    "temperature-positive", in: 1e-3...1e3, "The steepness τ of the gate for positive advantages."
  ).standard(1)
  private static let negativeSetting = Setting.real(
    "temperature-negative", in: 1e-3...1e3, "The steepness τ of the gate for negative advantages."
  ).standard(1.05)

  static let variant = Variant<any PolicyLoss>(
    "sapo", "SAPO (arXiv:2511.20347): a soft gate in place of clipping; 'clip' is not used.",
    [positiveSetting, negativeSetting]
  ) { SoftGatedLoss(positive: try $0.read(positiveSetting), negative: try $0.read(negativeSetting)) }

  /// Never cuts a gradient.
  package func value(_ token: PolicyToken, _ clip: ClipRange) -> TokenLoss {
    let steepness = token.advantage > 0 ? positive : negative
    let gate = 1 / (1 + exp(-steepness * (token.ratio - 1)))
    var loss = TokenLoss(loss: -4 / steepness * gate * token.advantage)
    loss.byLogRatio = -4 * gate * (1 - gate) * token.ratio * token.advantage
    return loss
  }
}
