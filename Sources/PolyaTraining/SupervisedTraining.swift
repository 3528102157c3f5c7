package import PolyaCore

/// Mid-training: maximizes the log-probability of targets, every target token counting the same.
package struct SupervisedTraining: Sendable {
  /// Passes over the examples.
  package var epochs: Double
  /// Sequences per step.
  package var batchSize: Int
  /// Learning rate.
  package var schedule: Schedule
  /// Decoupled.
  package var weightDecay: Double
  /// Global gradient norm at most; 0: no clipping.
  package var clipNorm: Double
  /// Tokens per forward pass; does not change the result beyond rounding.
  package var tokensPerMicrobatch: Int

  /// Hyperparameters.
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

  /// What a training did.
  package struct Summary: Sendable, Equatable {
    /// Optimizer steps.
    package var steps: Int
    /// Tokens that passed through the model.
    package var tokens: Int
    /// Of the first and the last step, in nats per target token.
    package var firstLoss, lastLoss: Double

    /// What a training did.
    package init(steps: Int, tokens: Int, firstLoss: Double, lastLoss: Double) {
      self.steps = steps
      self.tokens = tokens
      self.firstLoss = firstLoss
      self.lastLoss = lastLoss
    }
  }

  /// Optimizer steps for a number of examples.
  package func steps(for examples: Int) -> Int {
    max(1, Int((epochs * Double(examples) / Double(batchSize)).rounded(.up)))
  }

  /// Trains the model in place. Examples without a target token have no loss and are left out, with a warning.
  ///
  /// - Parameters:
  ///   - done: what an interrupted training did, whose model this is; its `steps` are the steps it took.
  ///   - keep: called after each step with what was done so far.
  /// - Throws: `run` when a loss is not finite, or the observer's error when the user asked to stop.
  package func run(
    _ model: any LanguageModel, examples all: [TokenSequence], random: Randomness,
    observer: any StageObserver,
    after done: Summary? = nil, keep: (Summary) throws -> Void = { _ in }
  ) throws -> Summary {
    let examples = all.filter { $0.scoredCount > 0 }
    if examples.count < all.count {
      observer.warn("\(all.count - examples.count) of \(all.count) examples have no target and are left out")
    }
    guard !examples.isEmpty else {
      throw PolyaError(.run, "there is nothing to train on", hint: "look at the yield of the stages before")
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
      if report.skipped { observer.warn("step \(step) was left out: its gradient norm is not finite") }
      observer.metric(.loss, loss, step: step)
      observer.metric(.learningRate, rate, step: step)
      observer.metric(.gradientNorm, report.gradientNorm, step: step)
      summary.tokens += batch.reduce(0) { $0 + $1.tokens.count }
      if step == 0 { summary.firstLoss = loss }
      summary.lastLoss = loss
      summary.steps = step + 1
      try keep(summary)
      observer.progress(step + 1, of: total, "loss \(loss.formatted(3))")
    }
    return summary
  }

  /// Every epoch is a permutation of its own; a step may reach into the next.
  private func sequences(of step: Int, from examples: [TokenSequence], random: Randomness) -> [TokenSequence]
  {
    let positions = step * batchSize..<(step + 1) * batchSize
    let epochs = Set(positions.map { $0 / examples.count }).sorted()
    let orders = epochs.map { ($0, random.stream(UInt64($0)).permutation(examples.count)) }
    return positions.compactMap { position in
      orders.first { $0.0 == position / examples.count }.map { examples[$0.1[position % examples.count]] }
    }
  }

  /// Adds the gradient of the mean negative log-prob per target token; gives that mean.
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
