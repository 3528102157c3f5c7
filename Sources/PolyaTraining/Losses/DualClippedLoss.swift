internal import PolyaCore

/// The clipped surrogate with a bound on the loss of wrong answers: where A < 0, max(min(w A, clip(w) A), c A) is maximized
/// (dual-clip PPO, Ye et al. 2019, arXiv:1912.09729, eq. 5).
package struct DualClippedLoss: PolicyLoss {
  private let bound: Double

  private static let boundSetting = Setting.real(
    "bound", in: 1...1e6, "The ratio above which a token of a negative advantage gives no gradient."
  ).standard(3)

  static let variant = Variant<any PolicyLoss>(
    "dual-clipped", "Dual-clip PPO (arXiv:1912.09729): a bound on the ratio for negative advantages as well.",
    [boundSetting]
  ) { DualClippedLoss(bound: try $0.read(boundSetting)) }

  /// A ratio above the bound gives no gradient.
  package func value(_ token: PolicyToken, _ clip: ClipRange) -> TokenLoss {
    var loss = ClippedLoss().value(token, clip)
    guard token.advantage < 0, token.ratio > bound else { return loss }
    loss.loss = -bound * token.advantage
    loss.cut()
    return loss
  }
}
