internal import Glibc

/// The clipped surrogate of PPO (Schulman et al. 2017, arXiv:1707.06347, eq. 7) per token, with an optional penalty
/// on the distance to a reference (the k3 estimator, Schulman 2020: exp(d) - d - 1 with d = reference - policy).
public struct PolicyLoss: Sendable, Equatable {
  /// The ratio may fall to 1 - clipLow and rise to 1 + clipHigh before it stops counting.
  public var clipLow, clipHigh: Double
  /// Weight of the penalty; 0: no reference.
  public var klWeight: Double

  /// A loss.
  public init(clipLow: Double, clipHigh: Double, klWeight: Double) {
    self.clipLow = clipLow
    self.clipHigh = clipHigh
    self.klWeight = klWeight
  }

  /// One token: its loss, d loss / d log-prob, whether the ratio was clipped, and the distance to the reference.
  public func token(logprob: Double, sampled: Double, reference: Double?, advantage: Double) -> Token {
    let ratio = exp(logprob - sampled)
    let clipped = min(max(ratio, 1 - clipLow), 1 + clipHigh)
    let isClipped = ratio * advantage > clipped * advantage
    var token = Token(
      loss: -min(ratio * advantage, clipped * advantage), gradient: isClipped ? 0 : -ratio * advantage,
      isClipped: isClipped, kl: 0)
    if let reference {
      let distance = reference - logprob
      token.kl = exp(distance) - distance - 1
      token.loss += klWeight * token.kl
      token.gradient += klWeight * (1 - exp(distance))
    }
    return token
  }

  /// What one token adds.
  public struct Token: Sendable, Equatable {
    /// To be minimised.
    public var loss: Double
    /// d loss / d log-prob.
    public var gradient: Double
    /// The ratio had left the allowed range in the direction of the advantage.
    public var isClipped: Bool
    /// Estimated Kullback-Leibler divergence from the reference.
    public var kl: Double
  }
}
