/// What the loss does with the policy's entropy.
package struct EntropyBonus: Sendable, Equatable {
  /// The weight of the mean entropy, in nats, that is subtracted from the loss; with a target the first one.
  package var coefficient: Double
  /// The entropy per token, in nats, toward which the coefficient is moved; nil keeps it.
  package var target: Double?
  /// What the coefficient is moved by after each step.
  package var delta: Double
  /// The share of a step's tokens, those of highest entropy, that the policy loss is computed on.
  package var tokenShare: Double

  /// Creates a bonus, by default a fixed one, with the policy loss on all tokens.
  package init(coefficient: Double, target: Double? = nil, delta: Double = 0.005, tokenShare: Double = 1) {
    self.coefficient = coefficient
    self.target = target
    self.delta = delta
    self.tokenShare = tokenShare
  }

  /// Whether the loss needs entropies.
  var needsEntropies: Bool { coefficient != 0 || target != nil || tokenShare < 1 }

  /// Returns the coefficient after a step, and whether it acts in the next one: it does while the entropy is not above the
  /// target (adaptive entropy control, He et al. 2025, arXiv:2505.22312, section 3.2.5).
  func next(_ coefficient: Double, after entropy: Double) -> (coefficient: Double, acts: Bool) {
    guard let target else { return (coefficient, true) }
    return (max(coefficient + (entropy < target ? delta : -delta), 0), entropy <= target)
  }

  /// Returns the entropy that the given share of tokens is at or above: the quantile 1 - share with linear interpolation
  /// (high-entropy tokens, Wang et al. 2025, arXiv:2506.01939, eq. 5).
  static func threshold(_ entropies: [Double], share: Double) -> Double {
    let sorted = entropies.sorted()
    guard let last = sorted.last else { return 0 }
    let place = (1 - share) * Double(sorted.count - 1)
    let below = Int(place)
    guard below + 1 < sorted.count else { return last }
    return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
  }
}
