internal import PolyaCore

/// The gradient of a step's loss over all its rollouts, however they are split into passes.
struct PolicyGradient {
  let objective: PolicyObjective
  /// The maximum number of tokens per forward pass, except for a single longer rollout.
  let tokensPerMicrobatch: Int
  /// The weight of the entropy bonus in this step.
  let entropyCoefficient: Double
  /// The entropy below which the policy loss leaves a token out.
  let leastEntropy: Double
  /// The tokens that the policy loss chose, by rollout; nil if none.
  let chosen: [[Bool]]?
  /// The factor of the loss of each rollout's tokens.
  let weights: [Double]
  /// Whether the tokens were sampled after another prompt, so that their log-probs then are of no use.
  let comparesBegun: Bool

  /// Means over the tokens of a step, and the mismatch of its samples.
  struct Statistics {
    var loss = 0.0
    /// The mean entropy per token, in nats; nil if the model provides none.
    var entropy: Double? = 0
    /// The share of tokens whose gradient was cut.
    var clipped = 0.0
    var kl = 0.0
    /// The mean weight of the correction, and the share of tokens whose weight was cut.
    var correction = 0.0
    var corrected = 0.0
    /// The differences between the log-probs of sampling and training.
    var mismatch = SamplingMismatch()
    /// The log-probs of each rollout's tokens.
    var logprobs: [[Double]] = []
  }

  /// Accumulates the gradient in the model.
  ///
  /// - Parameters:
  ///   - references: The reference model's log-probs of each rollout; nil means no KL term.
  ///   - begun: The log-probs of the trained model when the step began; nil if these are they.
  func accumulate(
    _ rollouts: [Rollout], _ references: [[Double]]?, begun: [[Double]]?, in model: any LanguageModel
  ) throws -> Statistics {
    let share = 1 / Double(rollouts.reduce(0) { $0 + $1.tokenCount })
    var statistics = Statistics()
    for range in MicroBatches.split(sizes: rollouts.map(\.passTokens), tokens: tokensPerMicrobatch) {
      let pass = try model.forward(rollouts[range].flatMap { $0.parts.map(\.sequence) })
      var scored = pass.scored[...]
      var gradients: [SequenceGradient] = []
      for index in range {
        let parts = scored.prefix(rollouts[index].parts.count)
        scored = scored.dropFirst(parts.count)
        var tokens = tokens(of: rollouts[index], index, Array(parts), references?[index])
        if let begun { tokens.begun = begun[index] }
        gradients += gradient(tokens, rollouts[index].parts, share, &statistics)
      }
      try model.backward(pass, gradients: gradients)
    }
    return statistics
  }

  private func tokens(
    of rollout: Rollout, _ index: Int, _ scored: [ScoredSequence], _ references: [Double]?
  ) -> PolicyObjective.Tokens {
    var tokens = PolicyObjective.Tokens(
      logprobs: scored.flatMap { $0.logprobs.map(Double.init) }, sampled: rollout.logprobs.map(Double.init),
      advantage: rollout.advantage ?? 0, weight: weights[index])
    tokens.references = references
    let entropies = scored.flatMap { $0.entropies.map(Double.init) }
    if entropies.count == tokens.logprobs.count { tokens.entropies = entropies }
    tokens.comparesBegun = comparesBegun
    tokens.chosen = chosen?[index]
    tokens.leastEntropy = leastEntropy
    tokens.entropyCoefficient = entropyCoefficient
    return tokens
  }

  private func gradient(
    _ tokens: PolicyObjective.Tokens, _ parts: [Rollout.Part], _ share: Double, _ statistics: inout Statistics
  ) -> [SequenceGradient] {
    let sums = objective.sums(tokens)
    statistics.loss += sums.loss
    statistics.kl += sums.kl
    statistics.clipped += Double(sums.clipped) * share
    statistics.correction += sums.correction * share
    statistics.corrected += Double(sums.corrected) * share
    if let entropies = tokens.entropies {
      statistics.entropy? += entropies.reduce(0, +) * share
    } else {
      statistics.entropy = nil
    }
    for (logprob, sampled) in zip(tokens.logprobs, tokens.sampled) {
      statistics.mismatch.add(logprob - sampled)
    }
    statistics.logprobs.append(tokens.logprobs)
    let slope = Float(-entropyCoefficient * tokens.weight)
    var gradient = sums.gradient[...]
    return parts.map { part in
      let own = gradient.prefix(part.logprobs.count)
      gradient = gradient.dropFirst(own.count)
      return SequenceGradient(
        logprobs: own.map { Float($0) }, entropies: entropyCoefficient == 0 ? nil : own.map { _ in slope })
    }
  }
}
