package import PolyaCore

/// The loss of one sampled token as a function of its log-prob: how advantage and ratio become a gradient.
///
/// A new form is a file beside this one, with its formula and source, and a line in ``PolicyLosses/all``.
package protocol PolicyLoss: Sendable {
  /// Returns the token's loss, which is to be minimized, and its derivatives.
  func value(_ token: PolicyToken, _ clip: ClipRange) -> TokenLoss
  /// Chooses tokens of a step that ``value(_:_:)`` treats differently; nil if none are.
  ///
  /// - Parameter tokens: All tokens that are trained on, by rollout.
  func chosen(_ tokens: [[CovarianceToken]], _ random: Randomness) -> [[Bool]]?
}

extension PolicyLoss {
  /// Chooses nothing.
  package func chosen(_ tokens: [[CovarianceToken]], _ random: Randomness) -> [[Bool]]? { nil }
}

/// The policy losses that a manifest can name.
enum PolicyLosses {
  static let all: [Variant<any PolicyLoss>] = [
    ClippedLoss.variant, DualClippedLoss.variant, CISPOLoss.variant, DivergenceMaskedLoss.variant,
    SoftGatedLoss.variant, CovarianceClippedLoss.variant, CovariancePenalizedLoss.variant,
  ]
}

/// How far a ratio may leave 1.
package struct ClipRange: Sendable, Equatable {
  /// The distances below and above 1.
  package var low, high: Double

  /// Creates a range from 1 - low to 1 + high.
  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// Returns the ratio, or the nearer end of the range.
  func clamp(_ ratio: Double) -> Double { min(max(ratio, 1 - low), 1 + high) }
}

/// What a policy loss knows of a token.
package struct PolicyToken: Sendable {
  /// The ratio of the probabilities under the trained policy and the one that the loss compares it with: of the token, or
  /// the geometric mean over its completion.
  package var ratio: Double
  /// The token's log-prob under the trained policy.
  package var logprob: Double
  /// The token's log-prob under the policy that the loss compares it with.
  package var old: Double
  /// The advantage of the token's rollout.
  package var advantage: Double
  /// Whether ``PolicyLoss/chosen(_:_:)`` chose the token.
  package var isChosen = false

  /// Creates a token that was not chosen.
  package init(ratio: Double, logprob: Double, old: Double, advantage: Double) {
    self.ratio = ratio
    self.logprob = logprob
    self.old = old
    self.advantage = advantage
  }
}

/// The loss of a token with its derivatives.
package struct TokenLoss: Sendable, Equatable {
  /// The loss, which is to be minimized.
  package var loss: Double
  /// The derivative by the logarithm of the ratio.
  package var byLogRatio = 0.0
  /// The derivative by the token's own log-prob, beside the ratio.
  package var byLogprob = 0.0
  /// Whether the token's gradient was cut.
  package var isClipped = false

  /// Creates a loss without derivatives.
  package init(loss: Double) { self.loss = loss }

  /// Returns the loss `-ratio · advantage`.
  static func plain(_ token: PolicyToken) -> TokenLoss {
    var loss = TokenLoss(loss: -token.ratio * token.advantage)
    loss.byLogRatio = loss.loss
    return loss
  }

  /// Removes the gradient and keeps the value.
  mutating func cut() {
    byLogRatio = 0
    byLogprob = 0
    isClipped = true
  }
}
