internal import CPolya
internal import PolyaCore

/// A plugin's tape in the host or a worker, which is consumed once.
private final class Tape {
  private var word: UInt64?

  init(_ word: UInt64) { self.word = word }

  func take() -> UInt64 {
    guard let word else { preconditionFailure("a forward pass is used twice") }
    self.word = nil
    return word
  }
}

extension HostedModel {
  func score(_ sequences: [TokenSequence]) throws -> [ScoredSequence] {
    try values(of: sequences, .scoreTokens) { scored, _ in scored }
  }

  func forward(_ sequences: [TokenSequence]) throws -> ForwardPass {
    try values(of: sequences, .forward) { scored, word in
      guard word != 0 else { throw Misbehavior("forward returns no tape") }
      return ForwardPass(scored: scored, tape: Tape(word))
    }
  }

  private func values<T>(
    of sequences: [TokenSequence], _ function: PluginFunction,
    _ finish: ([ScoredSequence], UInt64) throws -> T
  ) throws -> T {
    try instance.require(function)
    // These arrays belong to the host, so their addresses are not read back from the plugin's rows.
    var arrays: [(logprobs: UnsafeMutablePointer<Float>, entropies: UnsafeMutablePointer<Float>)] = []
    return try instance.call(function) { frame in
      let output = frame.output(sequences.count, of: PolyaScored.self)
      arrays = sequences.map { sequence in
        precondition(sequence.from >= 1 && sequence.from <= sequence.tokens.count)
        return (
          frame.output(sequence.scoredCount, of: Float.self).base,
          frame.output(sequence.scoredCount, of: Float.self).base
        )
      }
      for (index, array) in arrays.enumerated() {
        // A model may leave out entropies. Zeros would mean that it is always certain.
        array.entropies.update(repeating: .nan, count: sequences[index].scoredCount)
        output.base[index].logprobs = array.logprobs
        output.base[index].entropies = array.entropies
      }
      let items = sequences.map {
        PolyaSequence(
          item_id: 0, tokens: frame.tokens($0.tokens), from: UInt64($0.from), group: $0.group,
          temperature: $0.temperature, mask: frame.tokens($0.mask.ids),
          mask_ends: frame.tokens($0.mask.ends))
      }
      return CallRows(input: frame.rows(items), output: output.rows)
    } _: { rows in
      let scored = try sequences.indices.map { index in
        let row = rows.output.row(index, PolyaScored.self)
        guard row.status == PolyaStatus(POLYA_OK) else {
          throw Misbehavior("a sequence failed: \(StatusName.text(row.status))")
        }
        return try values(arrays[index].logprobs, arrays[index].entropies, sequences[index].scoredCount)
      }
      return try finish(scored, rows.word)
    }
  }

  private func values(
    _ logprobs: UnsafeMutablePointer<Float>, _ entropies: UnsafeMutablePointer<Float>, _ count: Int
  ) throws -> ScoredSequence {
    let received = instance.received
    let logprobs = try received.array(UnsafePointer(logprobs), UInt64(count), "log-probs")
    guard logprobs.allSatisfy(\.isFinite) else { throw Misbehavior("a log-prob is not a finite number") }
    let given = try received.array(UnsafePointer(entropies), UInt64(count), "entropies")
    guard !given.allSatisfy(\.isNaN) else { return ScoredSequence(logprobs: logprobs, entropies: []) }
    guard given.allSatisfy(\.isFinite) else { throw Misbehavior("an entropy is not a finite number") }
    return ScoredSequence(logprobs: logprobs, entropies: given)
  }

  func backward(_ pass: ForwardPass, gradients: [SequenceGradient]) throws {
    guard let tape = pass.tape as? Tape else { preconditionFailure("a forward pass of another model") }
    precondition(
      zip(pass.scored, gradients).allSatisfy { scored, gradient in
        let count = scored.logprobs.count
        return gradient.logprobs.count == count && (gradient.entropies?.count ?? count) == count
      })
    try instance.require(.backward)
    try instance.call(.backward) { frame in
      let rows = gradients.map { gradient in
        PolyaGradient(
          dlogprobs: frame.floats(gradient.logprobs),
          dentropies: gradient.entropies.flatMap { frame.floats($0) }, count: UInt64(gradient.logprobs.count))
      }
      return CallRows(input: frame.rows(rows), word: tape.take())
    } _: { _ in
    }
  }

  func drop(_ pass: ForwardPass) throws {
    guard let tape = pass.tape as? Tape, instance.has(.drop) else { return }
    try instance.call(.drop) { _ in
      CallRows(word: tape.take())
    } _: { _ in
    }
  }

  func step(_ step: OptimizerStep) throws -> StepReport {
    try instance.require(.step)
    return try instance.call(.step) { frame in
      let request = PolyaStep(
        struct_size: UInt32(MemoryLayout<PolyaStep>.size), zero: 0, learning_rate: step.learningRate,
        beta1: step.beta1, beta2: step.beta2, epsilon: step.epsilon, weight_decay: step.weightDecay,
        clip_norm: step.clipNorm, gradient_scale: 1, index: UInt64(step.index))
      let place = frame.output(1, of: PolyaStepReport.self)
      place.base.pointee.struct_size = UInt32(MemoryLayout<PolyaStepReport>.size)
      return CallRows(input: frame.rows([request]), output: place.rows)
    } _: { rows in
      let report = rows.output.first(PolyaStepReport.self)
      return StepReport(
        skipped: report.skipped != 0, gradientNorm: report.gradient_norm, updateNorm: report.update_norm)
    }
  }

  func save(to folder: String) throws { try inFolder(folder, .save) }

  func load(from folder: String) throws {
    try inFolder(folder, .load)
    try refreshInfo()
  }

  private func inFolder(_ folder: String, _ function: PluginFunction) throws {
    try instance.require(function)
    try instance.call(function) { frame in
      CallRows(input: frame.rows([frame.text(folder)]))
    } _: { _ in
    }
  }
}
