internal import Glibc

/// What the gradient of a step is of: the parts of the loss and how they are put together.
package struct PolicyObjective: Sendable {
  /// What a ratio is of.
  package enum RatioLevel: String, Sendable, CaseIterable {
    /// Each token.
    case token
    /// The whole completion: the geometric mean of its tokens' ratios, as in GSPO (Zheng et al. 2025, arXiv:2507.18071).
    case sequence
  }

  /// How ratio and advantage become the loss of a token.
  package var loss: any PolicyLoss
  /// How far a ratio may leave 1.
  package var clip: ClipRange
  /// What a ratio is of.
  package var ratio: RatioLevel
  /// How the losses of tokens become one number.
  package var aggregation: Aggregation
  /// The penalty for the divergence from the reference.
  package var kl: KLPenalty
  /// What the loss does with the policy's entropy.
  package var entropy: EntropyBonus
  /// The weights of tokens that another engine sampled; nil takes its log-probs as they are.
  package var correction: SamplerCorrection?

  /// Creates an objective, by default PPO's clipped surrogate in the mean over tokens, without penalty or bonus.
  package init(
    loss: any PolicyLoss = ClippedLoss(), clip: ClipRange = ClipRange(low: 0.2, high: 0.2),
    ratio: RatioLevel = .token,
    aggregation: Aggregation = .tokenMean, kl: KLPenalty = KLPenalty(coefficient: 0),
    entropy: EntropyBonus = EntropyBonus(coefficient: 0), correction: SamplerCorrection? = nil
  ) {
    self.loss = loss
    self.clip = clip
    self.ratio = ratio
    self.aggregation = aggregation
    self.kl = kl
    self.entropy = entropy
    self.correction = correction
  }

  /// The tokens of one completion.
  package struct Tokens: Sendable {
    /// The log-probs under the trained policy.
    package var logprobs: [Double]
    /// Those of the sampler.
    package var sampled: [Double]
    /// Those of the trained model when the step began; used with a correction, or if the tokens were sampled after
    /// another prompt.
    package var begun: [Double]
    /// Whether the loss compares the policy with ``begun`` instead of ``sampled``.
    package var comparesBegun = false
    /// Those of the reference model; nil means no penalty in the loss.
    package var references: [Double]?
    /// The entropies of the distributions that the tokens were drawn from, in nats; nil if unknown.
    package var entropies: [Double]?
    /// The tokens that the policy loss chose; nil if none.
    package var chosen: [Bool]?
    /// The entropy below which the policy loss leaves a token out.
    package var leastEntropy = -Double.infinity
    /// The advantage of the rollout.
    package var advantage: Double
    /// The factor of each token's loss.
    package var weight: Double
    /// The weight of the entropy bonus in this step.
    package var entropyCoefficient = 0.0

    /// Creates tokens that are trained for the first time after they were sampled.
    package init(logprobs: [Double], sampled: [Double], advantage: Double, weight: Double) {
      self.logprobs = logprobs
      self.sampled = sampled
      begun = logprobs
      self.advantage = advantage
      self.weight = weight
    }
  }

  /// The sums over the tokens of one completion, each with the factor of the loss, and the derivatives.
  package struct Sums: Sendable {
    /// The loss.
    package var loss = 0.0
    /// The estimated divergence from the reference.
    package var kl = 0.0
    /// The number of tokens whose gradient was cut.
    package var clipped = 0
    /// The sum of the correction's weights, and the number of tokens whose weight is not their ratio.
    package var correction = 0.0
    /// The tokens whose weight was cut.
    package var corrected = 0
    /// d loss / d log-prob of each token.
    package var gradient: [Double] = []
  }

  /// Returns the loss of a completion and its derivatives by the log-probs.
  package func sums(_ tokens: Tokens) -> Sums {
    var sums = Sums()
    let olds = correction == nil && !tokens.comparesBegun ? tokens.sampled : tokens.begun
    let differences = zip(tokens.logprobs, olds).map { $0 - $1 }
    let count = Double(differences.count)
    let mean = ratio == .sequence ? differences.reduce(0, +) / count : 0
    let weights = correction.map { $0.weights(trained: tokens.begun, sampled: tokens.sampled) }
    var shared = 0.0
    for (index, difference) in differences.enumerated() {
      let isLeftOut = (tokens.entropies?[index] ?? 0) < tokens.leastEntropy
      var token = PolicyToken(
        ratio: exp(ratio == .token ? difference : mean), logprob: tokens.logprobs[index], old: olds[index],
        advantage: tokens.advantage)
      token.isChosen = tokens.chosen?[index] ?? false
      let value = loss.value(token, clip)
      let weight = isLeftOut ? 0 : tokens.weight * (weights?[index] ?? 1)
      sums.loss += weight * value.loss
      sums.clipped += value.isClipped ? 1 : 0
      if ratio == .sequence { shared += weight * value.byLogRatio }
      sums.gradient.append(weight * (value.byLogprob + (ratio == .token ? value.byLogRatio : 0)))
    }
    if ratio == .sequence { for index in sums.gradient.indices { sums.gradient[index] += shared / count } }
    addPenalty(tokens, &sums)
    if tokens.entropyCoefficient != 0, let entropies = tokens.entropies {
      sums.loss -= tokens.weight * tokens.entropyCoefficient * entropies.reduce(0, +)
    }
    if let weights { describe(weights, tokens, &sums) }
    return sums
  }

  private func addPenalty(_ tokens: Tokens, _ sums: inout Sums) {
    guard let references = tokens.references else { return }
    for (index, reference) in references.enumerated() {
      let (value, slope) = kl.estimator.value(tokens.logprobs[index], reference)
      sums.kl += tokens.weight * value
      sums.loss += tokens.weight * kl.coefficient * value
      sums.gradient[index] += tokens.weight * kl.coefficient * slope
    }
  }

  private func describe(_ weights: [Double], _ tokens: Tokens, _ sums: inout Sums) {
    sums.correction = weights.reduce(0, +)
    sums.corrected = zip(weights, zip(tokens.begun, tokens.sampled)).count { weight, logprobs in
      weight == 0 || correction?.level == .token && weight != exp(logprobs.0 - logprobs.1)
    }
  }
}
