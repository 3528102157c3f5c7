internal import PolyaCore

/// -sg(clip(w)) A log p, where sg has no derivative: CISPO (MiniMax 2025, arXiv:2506.13585, eq. 4). The weight is clipped,
/// and every token keeps a gradient.
package struct CISPOLoss: PolicyLoss {
  static let variant = Variant<any PolicyLoss>(
    "cispo",
    "CISPO (arXiv:2506.13585): the ratio is a clipped constant weight, and no token loses its gradient."
  ) { _ in CISPOLoss() }

  /// The value is that of the log-likelihood.
  package func value(_ token: PolicyToken, _ clip: ClipRange) -> TokenLoss {
    let weight = clip.clamp(token.ratio)
    var loss = TokenLoss(loss: -weight * token.advantage * token.logprob)
    loss.byLogprob = -weight * token.advantage
    loss.isClipped = weight != token.ratio
    return loss
  }
}
