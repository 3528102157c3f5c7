package import PolyaCore

/// Supervised training: maximizes the mean log-prob of all target tokens.
package struct SupervisedTraining: Sendable {
  /// The number of passes over the examples, which may be fractional.
  package var epochs: Double
  /// The number of sequences per step.
  package var batchSize: Int
  /// The learning rate of each step.
  package var schedule: Schedule
  /// The coefficient of the decoupled weight decay.
  package var weightDecay: Double
  /// The maximum global gradient norm; 0 turns clipping off.
  package var clipNorm: Double
  /// The maximum number of tokens per forward pass, which changes the result only by rounding.
  package var tokensPerMicrobatch: Int

  /// Creates a training with its hyperparameters.
  package init(
    epochs: Double, batchSize: Int, schedule: Schedule, weightDecay: Double, clipNorm: Double,
    tokensPerMicrobatch: Int
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.schedule = schedule
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
    self.tokensPerMicrobatch = tokensPerMicrobatch
  }

  /// The results of a training.
  package struct Summary: Sendable, Equatable {
    /// The number of optimizer steps.
    package var steps: Int
    /// The number of tokens that passed through the model.
    package var tokens: Int
    /// The loss of the first and the last step, in nats per target token.
    package var firstLoss, lastLoss: Double

    /// Creates a summary.
    package init(steps: Int, tokens: Int, firstLoss: Double, lastLoss: Double) {
      self.steps = steps
      self.tokens = tokens
      self.firstLoss = firstLoss
      self.lastLoss = lastLoss
    }
  }

  /// Returns the number of optimizer steps for a number of examples; at least 1.
  package func steps(for examples: Int) -> Int {
    max(1, Int((epochs * Double(examples) / Double(batchSize)).rounded(.up)))
  }

  /// Trains the model in place. Examples without target tokens have no loss and are left out with a warning.
  ///
  /// - Parameters:
  ///  - done: The summary of an interrupted training, whose model was loaded; its `steps` are skipped.
  ///  - keep: Called after each step with the summary so far.
  ///
  /// - Throws: `run` if a loss is not finite, or the observer's error if the user asked to stop.
  package func run(
    _ model: any LanguageModel, examples all: [TokenSequence], random: Randomness,
    observer: any StageObserver,
    after done: Summary? = nil, keep: (Summary) throws -> Void = { _ in }
  ) throws -> Summary {
    let examples = all.filter { $0.scoredCount > 0 }
    if examples.count < all.count {
      observer.warn("\(all.count - examples.count) of \(all.count) examples have no target and were left out")
    }
    guard !examples.isEmpty else {
      throw PolyaError(.run, "there is nothing to train on", hint: "check the yield of the earlier stages")
    }
    let total = steps(for: examples.count)
    var summary = done ?? Summary(steps: 0, tokens: 0, firstLoss: 0, lastLoss: 0)
    for step in min(summary.steps, total)..<total {
      try observer.checkStop()
      let batch = sequences(of: step, from: examples, random: random)
      let loss = try accumulate(model, batch)
      guard loss.isFinite else {
        throw PolyaError(.run, "the loss of step \(step) is \(loss)", hint: "lower the learning rate")
      }
      let rate = schedule.rate(step, of: total)
      let report = try model.step(
        OptimizerStep(
          learningRate: rate, weightDecay: weightDecay, clipNorm: clipNorm, index: step))
      if report.skipped { observer.warn("step \(step) was skipped because its gradient norm is not finite") }
      observer.metric(.loss, loss, step: step)
      observer.metric(.learningRate, rate, step: step)
      observer.metric(.gradientNorm, report.gradientNorm, step: step)
      observer.metric(.updateNorm, report.updateNorm, step: step)
      summary.tokens += batch.reduce(0) { $0 + $1.tokens.count }
      if step == 0 { summary.firstLoss = loss }
      summary.lastLoss = loss
      summary.steps = step + 1
      try keep(summary)
      observer.progress(step + 1, of: total, "loss \(loss.formatted(3))")
    }
    return summary
  }

  /// Returns the examples of a step. Each epoch has its own permutation, and a step may extend into the next
  /// epoch.
  private func sequences(of step: Int, from examples: [TokenSequence], random: Randomness) -> [TokenSequence]
  {
    let positions = step * batchSize..<(step + 1) * batchSize
    let epochs = Set(positions.map { $0 / examples.count }).sorted()
    let orders = epochs.map { ($0, random.stream(UInt64($0)).permutation(examples.count)) }
    return positions.compactMap { position in
      orders.first { $0.0 == position / examples.count }.map { examples[$0.1[position % examples.count]] }
    }
  }

  /// Accumulates the gradient of the mean negative log-prob per target token, and returns that mean.
  private func accumulate(_ model: any LanguageModel, _ batch: [TokenSequence]) throws -> Double {
    let targets = batch.reduce(0) { $0 + $1.scoredCount }
    let weight = -1 / Float(targets)
    var sum = 0.0
    for range in MicroBatches.split(batch, tokens: tokensPerMicrobatch) {
      let pass = try model.forward(Array(batch[range]))
      sum -= pass.scored.reduce(0) { $0 + $1.logprobs.reduce(0) { $0 + Double($1) } }
      try model.backward(
        pass,
        gradients: pass.scored.map { scored in
          SequenceGradient(logprobs: Array(repeating: weight, count: scored.logprobs.count))
        })
    }
    return sum / Double(targets)
  }
}
