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
  ///   - references: The reference model's scores of each rollout; nil means no KL term.
  ///   - begun: The log-probs of the trained model when the step began; nil if these are they.
  func accumulate(
    _ rollouts: [Rollout], _ references: [ScoredSequence]?, begun: [[Double]]?, in model: any LanguageModel
  ) throws -> Statistics {
    let sequences = rollouts.map(\.sequence)
    let share = 1 / Double(sequences.reduce(0) { $0 + $1.scoredCount })
    var statistics = Statistics()
    for range in MicroBatches.split(sequences, tokens: tokensPerMicrobatch) {
      let pass = try model.forward(Array(sequences[range]))
      let gradients = zip(range, pass.scored).map { index, scored in
        var tokens = tokens(of: rollouts[index], index, scored, references?[index])
        if let begun { tokens.begun = begun[index] }
        return gradient(tokens, share, &statistics)
      }
      try model.backward(pass, gradients: gradients)
    }
    return statistics
  }

  private func tokens(
    of rollout: Rollout, _ index: Int, _ scored: ScoredSequence, _ reference: ScoredSequence?
  ) -> PolicyObjective.Tokens {
    var tokens = PolicyObjective.Tokens(
      logprobs: scored.logprobs.map(Double.init), sampled: rollout.completion.logprobs.map(Double.init),
      advantage: rollout.advantage ?? 0, weight: weights[index])
    tokens.references = reference?.logprobs.map(Double.init)
    if scored.entropies.count == scored.logprobs.count {
      tokens.entropies = scored.entropies.map(Double.init)
    }
    tokens.chosen = chosen?[index]
    tokens.leastEntropy = leastEntropy
    tokens.entropyCoefficient = entropyCoefficient
    return tokens
  }

  private func gradient(
    _ tokens: PolicyObjective.Tokens, _ share: Double, _ statistics: inout Statistics
  ) -> SequenceGradient {
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
    return SequenceGradient(
      logprobs: sums.gradient.map { Float($0) },
      entropies: entropyCoefficient == 0 ? nil : tokens.logprobs.map { _ in slope })
  }
}
