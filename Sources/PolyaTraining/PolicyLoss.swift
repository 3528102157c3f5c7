internal import Glibc

/// The clipped PPO surrogate (Schulman et al. 2017, arXiv:1707.06347, eq. 7) per token, with an optional KL
/// penalty toward a reference (the k3 estimator, Schulman 2020: exp(d) - d - 1 with d = reference - policy)
/// and an optional bonus for the entropy of the distribution that the token was drawn from (the term S of eq.
/// 9).
package struct PolicyLoss: Sendable, Equatable {
  /// The clip range: beyond 1 - clipLow or 1 + clipHigh the ratio gives no gradient.
  package var clipLow, clipHigh: Double
  /// The weight of the KL penalty; 0 means that there is no reference.
  package var klCoefficient: Double
  /// The weight of the entropy bonus, in loss per nat; 0, the default, means no bonus.
  package var entropyCoefficient: Double

  /// Creates a loss, by default without an entropy bonus.
  package init(clipLow: Double, clipHigh: Double, klCoefficient: Double, entropyCoefficient: Double = 0) {
    self.clipLow = clipLow
    self.clipHigh = clipHigh
    self.klCoefficient = klCoefficient
    self.entropyCoefficient = entropyCoefficient
  }

  /// Returns the contribution of one token to the loss and its derivatives.
  ///
  /// - Parameters:
  ///  - logprob: The token's log-prob under the model that is trained.
  ///  - sampled: The token's log-prob when it was sampled.
  ///  - reference: The token's log-prob under the reference model; nil means no penalty.
  ///  - advantage: The advantage of the token's rollout.
  ///  - entropy: The entropy, in nats, of the distribution at the token's position; used only with an entropy
  ///    bonus.
  package func token(logprob: Double, sampled: Double, reference: Double?, advantage: Double, entropy: Double)
    -> Token
  {
    let ratio = exp(logprob - sampled)
    let clipped = min(max(ratio, 1 - clipLow), 1 + clipHigh)
    let isClipped = ratio * advantage > clipped * advantage
    var token = Token(
      loss: -min(ratio * advantage, clipped * advantage), gradient: isClipped ? 0 : -ratio * advantage,
      entropyGradient: -entropyCoefficient, isClipped: isClipped, kl: 0)
    if let reference {
      let distance = reference - logprob
      token.kl = exp(distance) - distance - 1
      token.loss += klCoefficient * token.kl
      token.gradient += klCoefficient * (1 - exp(distance))
    }
    if entropyCoefficient != 0 { token.loss -= entropyCoefficient * entropy }
    return token
  }

  /// The contribution of one token.
  package struct Token: Sendable, Equatable {
    /// The loss, which is to be minimized.
    package var loss: Double
    /// d loss / d log-prob.
    package var gradient: Double
    /// d loss / d entropy.
    package var entropyGradient: Double
    /// Whether the ratio left the clip range in the direction of the advantage.
    package var isClipped: Bool
    /// The estimated KL divergence from the reference model.
    package var kl: Double
  }
}
