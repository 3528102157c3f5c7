internal import Glibc

/// The clipped surrogate of PPO (Schulman et al. 2017, arXiv:1707.06347, eq. 7) per token, with an optional penalty
/// on the distance to a reference (the k3 estimator, Schulman 2020: exp(d) - d - 1 with d = reference - policy) and an
/// optional bonus for the entropy of the distribution that the token was drawn from (the term S of eq. 9).
package struct PolicyLoss: Sendable, Equatable {
  /// The ratio may fall to 1 - clipLow and rise to 1 + clipHigh before it stops counting.
  package var clipLow, clipHigh: Double
  /// Weight of the penalty; 0: no reference.
  package var klCoefficient: Double
  /// Weight of the entropy, in loss per nat: the loss falls by this much times the entropy. 0, the default: no bonus.
  package var entropyCoefficient: Double

  /// A loss, by default without a bonus for entropy.
  package init(clipLow: Double, clipHigh: Double, klCoefficient: Double, entropyCoefficient: Double = 0) {
    self.clipLow = clipLow
    self.clipHigh = clipHigh
    self.klCoefficient = klCoefficient
    self.entropyCoefficient = entropyCoefficient
  }

  /// What one token adds to the loss and to its derivatives.
  ///
  /// - Parameters:
  ///   - logprob: of the token under the model that is trained.
  ///   - sampled: of the token when it was sampled.
  ///   - reference: of the token under the reference model; nil: no penalty.
  ///   - advantage: of the token's rollout.
  ///   - entropy: of the distribution at the token's position, in nats; read only with a coefficient.
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

  /// What one token adds.
  package struct Token: Sendable, Equatable {
    /// To be minimized.
    package var loss: Double
    /// d loss / d log-prob.
    package var gradient: Double
    /// d loss / d entropy.
    package var entropyGradient: Double
    /// The ratio had left the allowed range in the direction of the advantage.
    package var isClipped: Bool
    /// Estimated Kullback-Leibler divergence from the reference.
    package var kl: Double
  }
}
