internal import PolyaCore

/// -min(w A, clip(w) A), the clipped surrogate of PPO (Schulman et al. 2017, arXiv:1707.06347, eq. 7). With a larger range
/// above 1 than below it is DAPO's clip-higher (arXiv:2503.14476).
package struct ClippedLoss: PolicyLoss {
  static let variant = Variant<any PolicyLoss>(
    "clipped", "PPO's clipped surrogate (arXiv:1707.06347); with a larger 'clip-high' DAPO's clip-higher."
  ) { _ in ClippedLoss() }

  /// Creates the loss.
  package init() {}

  /// A ratio that left the range in the direction of the advantage gives no gradient.
  package func value(_ token: PolicyToken, _ clip: ClipRange) -> TokenLoss {
    let clipped = clip.clamp(token.ratio) * token.advantage
    var loss = TokenLoss.plain(token)
    guard token.ratio * token.advantage > clipped else { return loss }
    loss.loss = -clipped
    loss.cut()
    return loss
  }
}
