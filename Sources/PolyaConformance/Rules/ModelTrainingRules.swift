internal import PolyaCore

/// Rules about what a training step changes and what it does not.
enum ModelTrainingRules {
  private static let sequences = [
    SequenceInput(tokens: [1, 2, 3, 4, 5, 6], from: 2), SequenceInput(tokens: [1, 5, 2, 7, 3], from: 1),
    SequenceInput(tokens: [2, 2, 4, 4], from: 1), SequenceInput(tokens: [3, 1, 4, 1, 5], from: 2),
  ]

  static let all = [
    rule("model.forward", "forward() gives the log-probs of score().") { _, training in
      let (logprobs, tape) = try training.forward(sequences)
      training.drop(tape)
      let scored = try training.instance.logprobs(sequences)
      try require(
        isClose(logprobs, scored, 1e-3), "forward returns \(logprobs[0]), but score returns \(scored[0])")
    },
    rule("model.zero-rate", "A step with learning rate 0 changes nothing.") { _, training in
      let before = try training.instance.logprobs(sequences)
      try training.accumulate(sequences, scale: -1)
      _ = try training.step(rate: 0)
      try require(try training.instance.logprobs(sequences) == before, "the log-probs changed")
    },
    rule("model.zero-gradient", "A step with zero gradients, and without weight decay, changes nothing.") {
      _, training in
      let before = try training.instance.logprobs(sequences)
      try training.accumulate(sequences, scale: 0)
      _ = try training.step(rate: 0.01)
      try require(isClose(try training.instance.logprobs(sequences), before, 1e-6), "the log-probs changed")
    },
    rule("model.gradient-direction", "A step along the gradient of the log-prob raises it.") { _, training in
      let before = try training.instance.logprobs(sequences).joined().reduce(0, +)
      try training.accumulate(sequences, scale: -1)
      _ = try training.step(rate: 1e-3)
      let after = try training.instance.logprobs(sequences).joined().reduce(0, +)
      try require(
        after > before,
        "the loss is -log-prob, but a step changes the sum of log-probs from \(before) to \(after)")
    },
    rule(
      "model.entropy-direction",
      "A step along the gradient of the entropy raises it, where there are entropies."
    ) {
      _, training in
      try leaveFlatDistribution(training)
      let before = try training.instance.entropies(sequences).joined()
      guard before.allSatisfy({ $0 >= 0 }) else { throw NotApplicable("it gives no entropies") }
      try training.accumulate(entropiesOf: sequences, scale: -1)
      // Without momentum, since that of the steps before would outweigh one gradient.
      _ = try training.step(rate: 1e-2, beta1: 0)
      let (low, high) = (
        before.reduce(0, +), try training.instance.entropies(sequences).joined().reduce(0, +)
      )
      try require(
        high > low, "the loss is -entropy, and a step takes the sum of entropies from \(low) to \(high)")
    },
    rule("model.half-batches", "Two half batches give the gradients of the whole one.") { bench, training in
      try training.accumulate(sequences, scale: -1)
      let whole = try training.step(rate: 1e-3)
      let other = try ModelTraining(try bench.instance())
      try other.accumulate(Array(sequences[..<2]), scale: -1)
      try other.accumulate(Array(sequences[2...]), scale: -1)
      let halves = try other.step(rate: 1e-3)
      try require(
        abs(whole - halves) <= 1e-3 * max(whole, 1e-6), "the gradient norms are \(whole) and \(halves)")
    },
    rule("model.step-clears", "A step zeroes the gradients.") { _, training in
      try training.accumulate(sequences, scale: -1)
      let first = try training.step(rate: 0)
      let second = try training.step(rate: 0)
      try require(first > 0, "the norm of the gradients is \(first)")
      try require(second <= 1e-6 * first, "without backward(), the next step has gradients of norm \(second)")
    },
    rule("model.new-training", "A step with index 0 forgets the moments of the steps before.") {
      bench, training in
      try training.accumulate(sequences, scale: -1)
      _ = try training.step(rate: 1e-3, index: 0)
      let fresh = try training.instance.logprobs(sequences)
      let other = try ModelTraining(try bench.instance())
      let before = try other.instance.logprobs(sequences)
      // Along another gradient: at rate 0 no weight moves, but every moment does.
      for index in 0..<3 {
        try other.accumulate(sequences, scale: 1)
        _ = try other.step(rate: 0, index: UInt64(index))
      }
      guard try other.step(rate: 0, index: 3) <= 1e-6, try other.instance.logprobs(sequences) == before else {
        throw NotApplicable("its steps do not follow the gradient")
      }
      try other.accumulate(sequences, scale: -1)
      _ = try other.step(rate: 1e-3, index: 0)
      try require(
        isClose(try other.instance.logprobs(sequences), fresh, 1e-6),
        "after steps of an earlier training it goes elsewhere than a fresh instance")
    },
    rule("model.save-load", "What was saved and loaded again has the same log-probs.") { bench, training in
      let folder = try saved(training)
      let fresh = try ModelTraining(try bench.instance())
      let status = try fresh.load(from: folder.path)
      try require(status == 0, "load returns status \(status)")
      try require(
        try fresh.instance.logprobs(sequences) == training.instance.logprobs(sequences),
        "the log-probs differ")
    },
    rule("model.without-training", "A saved folder without its subfolder training has the same log-probs.") {
      bench, training in
      let folder = try saved(training)
      let inner = folder.path + "/" + CheckpointFolder.training
      guard Folder.exists(inner) else { throw NotApplicable("it saves no subfolder training") }
      try Folder.remove(inner)
      let fresh = try ModelTraining(try bench.instance())
      let status = try fresh.load(from: folder.path)
      try require(status == 0, "load returns status \(status)")
      try require(
        try fresh.instance.logprobs(sequences) == training.instance.logprobs(sequences),
        "the log-probs differ")
    },
    rule("model.corrupt", "A checkpoint that is cut short is refused, and the weights stay.") {
      bench, training in
      let folder = try saved(training)
      let fresh = try ModelTraining(try bench.instance())
      let before = try fresh.instance.logprobs(sequences)
      for name in try Folder.files(in: folder.path) {
        let path = folder.path + "/" + name
        let bytes = try FileBytes.read(path)
        try FileBytes.create(path, with: Array(bytes.prefix(bytes.count * 2 / 3)))
      }
      let status = try fresh.load(from: folder.path)
      try require(status != 0, "load accepts a checkpoint whose files are truncated")
      let missing = try fresh.load(from: folder.path + "/none")
      try require(missing != 0, "load accepts a folder that does not exist")
      try require(
        try fresh.instance.logprobs(sequences) == before, "the log-probs differ after a failed load")
    },
    RuleCheck("model.occupied-folder", .should, "save() refuses a folder that is not empty.", .model) {
      bench in
      let training = try ModelTraining(try bench.instance())
      let folder = try saved(training)
      let status = try training.save(to: folder.path)
      try require(
        status != 0,
        "it saves into a folder that already contains a checkpoint")
      return nil
    },
  ]

  private static func rule(
    _ id: String, _ sentence: String, _ check: @escaping @Sendable (Bench, ModelTraining) throws -> Void
  ) -> RuleCheck {
    RuleCheck(id, .must, sentence, .model) { bench in
      try check(bench, try ModelTraining(try bench.instance()))
      return nil
    }
  }

  /// A fresh model may give every token the same probability, and no entropy is higher.
  ///
  /// - Throws: ``NotApplicable`` for a model whose steps other rules find wrong.
  private static func leaveFlatDistribution(_ training: ModelTraining) throws {
    let before = try training.instance.logprobs(sequences).joined().reduce(0, +)
    for _ in 0..<30 {
      try training.accumulate(sequences, scale: -1)
      _ = try training.step(rate: 1e-2)
    }
    let after = try training.instance.logprobs(sequences).joined().reduce(0, +)
    guard after > before, try training.step(rate: 0) <= 1e-6 else {
      throw NotApplicable("its steps do not follow the gradient")
    }
  }

  private static func isClose(_ a: [[Float]], _ b: [[Float]], _ tolerance: Float) -> Bool {
    zip(a.joined(), b.joined()).allSatisfy { abs($0 - $1) <= tolerance }
  }

  /// Saves a checkpoint whose weights are not those of a new instance.
  private static func saved(_ training: ModelTraining) throws -> ScratchFolder {
    guard training.saves else { throw NotApplicable("it does not save") }
    try training.accumulate(sequences, scale: -1)
    _ = try training.step(rate: 1e-2)
    let folder = try ScratchFolder()
    let status = try training.save(to: folder.path)
    try require(status == 0, "save returns status \(status)")
    return folder
  }
}
