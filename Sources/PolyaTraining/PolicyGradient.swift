internal import PolyaCore

/// The gradient of a step's loss, which is the mean over all tokens of all its rollouts, however they are
/// split into passes.
struct PolicyGradient {
  let loss: PolicyLoss
  /// The maximum number of tokens per forward pass, except for a single longer rollout.
  let tokensPerMicrobatch: Int

  /// Means over the tokens of a step, and the mismatch of its samples.
  struct Statistics {
    var loss = 0.0
    /// The mean entropy per token, in nats; nil if the model provides none.
    var entropy: Double? = 0
    /// The share of tokens whose ratio was clipped.
    var clipped = 0.0
    var kl = 0.0
    /// The differences between the log-probs of sampling and training.
    var mismatch = SamplingMismatch()
  }

  /// Accumulates the gradient in the model.
  ///
  /// - Parameter references: The reference model's scores of each rollout; nil means no KL term.
  func accumulate(_ rollouts: [Rollout], _ references: [ScoredSequence]?, in model: any LanguageModel) throws
    -> Statistics
  {
    let sequences = rollouts.map(\.sequence)
    let scale = 1 / Double(sequences.reduce(0) { $0 + $1.scoredCount })
    var statistics = Statistics()
    for range in MicroBatches.split(sequences, tokens: tokensPerMicrobatch) {
      let pass = try model.forward(Array(sequences[range]))
      let gradients = zip(range, pass.scored).map { index, scored in
        gradient(of: rollouts[index], scored, references?[index], scale, &statistics)
      }
      try model.backward(pass, gradients: gradients)
    }
    return statistics
  }

  private func gradient(
    of rollout: Rollout, _ scored: ScoredSequence, _ reference: ScoredSequence?, _ scale: Double,
    _ statistics: inout Statistics
  ) -> SequenceGradient {
    let hasEntropies = scored.entropies.count == scored.logprobs.count
    if !hasEntropies { statistics.entropy = nil }
    var gradient = SequenceGradient(logprobs: [], entropies: loss.entropyCoefficient == 0 ? nil : [])
    for (position, logprob) in scored.logprobs.enumerated() {
      let sampled = Double(rollout.completion.logprobs[position])
      let entropy = hasEntropies ? Double(scored.entropies[position]) : 0
      let token = loss.token(
        logprob: Double(logprob), sampled: sampled,
        reference: reference.map { Double($0.logprobs[position]) },
        advantage: rollout.advantage ?? 0, entropy: entropy)
      statistics.loss += token.loss * scale
      statistics.entropy? += entropy * scale
      statistics.clipped += token.isClipped ? scale : 0
      statistics.kl += token.kl * scale
      statistics.mismatch.add(Double(logprob) - sampled)
      gradient.logprobs.append(Float(token.gradient * scale))
      gradient.entropies?.append(Float(token.entropyGradient * scale))
    }
    return gradient
  }
}
