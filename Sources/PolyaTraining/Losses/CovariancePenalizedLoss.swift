package import PolyaCore

/// -w A, plus β |log p - log q| for the tokens with the highest covariance of log-prob and advantage: KL-Cov (Cui et al.
/// 2025, arXiv:2505.22617, section 4.2). There is no clipping.
package struct CovariancePenalizedLoss: PolicyLoss {
  private let share: Double
  private let coefficient: Double

  private static let shareSetting = Setting.real(
    "share", in: 0...1, "The share of a step's tokens that get the penalty; at least one does."
  ).standard(0.0002)
  private static let coefficientSetting = Setting.real(
    "coefficient", in: 0...1e6, "The factor β of the distance from the old log-prob, in nats."
  ).standard(1)

  static let variant = Variant<any PolicyLoss>(
    "kl-cov",
    "KL-Cov (arXiv:2505.22617): no clipping, but a penalty on the tokens of highest covariance of log-prob and advantage.",
    [shareSetting, coefficientSetting]
  ) {
    CovariancePenalizedLoss(share: try $0.read(shareSetting), coefficient: try $0.read(coefficientSetting))
  }

  /// Takes the highest ones, of equal ones the earlier.
  package func chosen(_ tokens: [[CovarianceToken]], _ random: Randomness) -> [[Bool]]? {
    let covariance = Covariance(tokens)
    let order = covariance.places.enumerated().sorted { a, b in
      let (first, second) = (a.element, b.element)
      let values = (
        covariance.values[first.rollout][first.token], covariance.values[second.rollout][second.token]
      )
      return values.0 > values.1 || values.0 == values.1 && a.offset < b.offset
    }
    return covariance.flags(order.map(\.element), share: share)
  }

  /// At the old log-prob itself the penalty has no slope.
  package func value(_ token: PolicyToken, _ clip: ClipRange) -> TokenLoss {
    var loss = TokenLoss.plain(token)
    guard token.isChosen else { return loss }
    let distance = token.logprob - token.old
    loss.loss += coefficient * abs(distance)
    loss.byLogprob += coefficient * (distance > 0 ? 1 : distance < 0 ? -1 : 0)
    return loss
  }
}
