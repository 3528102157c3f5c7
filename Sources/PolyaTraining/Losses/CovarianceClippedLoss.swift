package import PolyaCore

/// The clipped surrogate without a random few of the tokens whose covariance of log-prob and advantage is high: Clip-Cov
/// (Cui et al. 2025, arXiv:2505.22617, section 4.2).
package struct CovarianceClippedLoss: PolicyLoss {
  private let share: Double
  private let low: Double
  private let high: Double

  private static let shareSetting = Setting.real(
    "share", in: 0...1, "The share of a step's tokens that lose their gradient; at least one does."
  ).standard(0.0002)
  private static let lowSetting = Setting.real(
    "low", in: -1e9...1e9, "The covariance above which tokens are chosen from."
  ).standard(1)
  private static let highSetting = Setting.real(
    "high", in: -1e9...1e9, "The covariance below which tokens are chosen from."
  ).standard(5)

  static let variant = Variant<any PolicyLoss>(
    "clip-cov",
    "Clip-Cov (arXiv:2505.22617): as 'clipped', but a few tokens of high covariance of log-prob and advantage are left out.",
    [shareSetting, lowSetting, highSetting]
  ) {
    CovarianceClippedLoss(
      share: try $0.read(shareSetting), low: try $0.read(lowSetting), high: try $0.read(highSetting))
  }

  /// Draws from the tokens within the bounds.
  package func chosen(_ tokens: [[CovarianceToken]], _ random: Randomness) -> [[Bool]]? {
    let covariance = Covariance(tokens)
    let within = covariance.places.filter { place in
      let value = covariance.values[place.rollout][place.token]
      return value > low && value < high
    }
    let order = random.permutation(within.count)
    return covariance.flags(order.map { within[$0] }, share: share)
  }

  /// A chosen token has neither value nor gradient.
  package func value(_ token: PolicyToken, _ clip: ClipRange) -> TokenLoss {
    var loss = ClippedLoss().value(token, clip)
    guard token.isChosen else { return loss }
    loss.loss = 0
    loss.cut()
    return loss
  }
}
