internal import Glibc
internal import PolyaCore

/// -m w A, where m is 0 for tokens that move further away from the old policy and already diverge from it by more than a
/// threshold: DPPO (arXiv:2602.04879).
///
/// The divergence is that of two coins, heads being the sampled token: total variation |p - q|, or KL(q || p), with q the
/// old and p the trained policy. Implementations also truncate the ratio at 20; this one does not.
package struct DivergenceMaskedLoss: PolicyLoss {
  private enum Divergence: String, Sendable, CaseIterable {
    case totalVariation = "total-variation"
    case kl
  }
  private let divergence: Divergence
  private let threshold: Double

  private static let divergenceSetting = Setting<Divergence>.choice(
    "divergence", "The divergence of the two probabilities of the sampled token."
  ).standard(.totalVariation)
  private static let thresholdSetting = Setting.real(
    "threshold", in: 0...1e6, "The divergence above which a token gives no gradient that increases it."
  ).standard(0.15)

  static let variant = Variant<any PolicyLoss>(
    "dppo",
    "DPPO (arXiv:2602.04879): tokens are masked by the divergence of the policies, not by the ratio; 'clip' is not used.",
    [divergenceSetting, thresholdSetting]
  ) {
    DivergenceMaskedLoss(
      divergence: try $0.read(divergenceSetting), threshold: try $0.read(thresholdSetting))
  }

  /// Tokens that move back toward the old policy keep their gradient.
  package func value(_ token: PolicyToken, _ clip: ClipRange) -> TokenLoss {
    var loss = TokenLoss.plain(token)
    let movesAway = token.advantage > 0 ? token.logprob > token.old : token.logprob < token.old
    if movesAway, distance(token) > threshold {
      loss.loss = 0
      loss.cut()
    }
    return loss
  }

  private func distance(_ token: PolicyToken) -> Double {
    let (p, q) = (exp(token.logprob), exp(token.old))
    switch divergence {
    case .totalVariation: return abs(p - q)
    case .kl:
      let tails = q < 1 ? (1 - q) * (log1p(-q) - log1p(-p)) : 0
      return q * (token.old - token.logprob) + tails
    }
  }
}
