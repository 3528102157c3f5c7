internal import CPolya
internal import PolyaCore

/// The plugin's tape; consumed once.
private final class Tape {
  var raw: OpaquePointer?

  init(_ raw: OpaquePointer) { self.raw = raw }

  func take() -> OpaquePointer {
    guard let raw else { preconditionFailure("a forward pass is used twice") }
    self.raw = nil
    return raw
  }
}

extension HostedModel {
  func score(_ sequences: [TokenSequence]) throws -> [ScoredSequence] {
    let score = try instance.required(table.score, "score")
    return try values(of: sequences, "score") { score(instance.raw, $0, $1, $2) }
  }

  func forward(_ sequences: [TokenSequence]) throws -> ForwardPass {
    let forward = try instance.required(table.forward, "forward")
    var tape: OpaquePointer?
    let scored = try values(of: sequences, "forward") { forward(instance.raw, $0, $1, $2, &tape) }
    guard let tape else { throw instance.misbehaved("forward gives no tape") }
    return ForwardPass(scored: scored, tape: Tape(tape))
  }

  private func values(
    of sequences: [TokenSequence], _ name: String,
    _ function: (UnsafePointer<PolyaCall>, PolyaRows, PolyaRowsMut) -> PolyaStatus
  ) throws -> [ScoredSequence] {
    let frame = instance.frame
    frame.begin(seed: 0)
    let items = frame.rows(
      sequences.map {
        precondition($0.from >= 1 && $0.from <= $0.tokens.count)
        return PolyaSequence(
          item_id: 0, tokens: frame.tokens($0.tokens), from: UInt64($0.from), group: $0.group,
          temperature: $0.temperature)
      })
    let output = frame.output(sequences.count, of: PolyaScored.self)
    for (index, sequence) in sequences.enumerated() {
      output.base[index].logprobs = frame.output(sequence.scoredCount, of: Float.self).base
      output.base[index].entropies = frame.output(sequence.scoredCount, of: Float.self).base
    }
    return try instance.call(name) { call in
      let status = function(call, items, output.rows)
      return (
        status,
        {
          try sequences.enumerated().map { index, sequence in
            guard output[index].status == PolyaStatus(POLYA_OK) else {
              throw Misbehaviour("a sequence fails: \(StatusName.text(output[index].status))")
            }
            let count = UInt64(sequence.scoredCount)
            let logprobs = try Received.array(UnsafePointer(output[index].logprobs), count, "log-probs")
            guard logprobs.allSatisfy(\.isFinite) else {
              throw Misbehaviour("a log-prob is not a finite number")
            }
            return ScoredSequence(
              logprobs: logprobs,
              entropies: try Received.array(UnsafePointer(output[index].entropies), count, "entropies"))
          }
        }
      )
    }
  }

  func backward(_ pass: ForwardPass, gradients: [[Float]]) throws {
    guard let tape = pass.tape as? Tape else { preconditionFailure("a forward pass of another model") }
    precondition(zip(pass.scored, gradients).allSatisfy { $0.logprobs.count == $1.count })
    let backward = try instance.required(table.backward, "backward")
    let frame = instance.frame
    frame.begin(seed: 0)
    let rows = frame.rows(
      gradients.map {
        PolyaGradient(dlogprobs: frame.floats($0), dentropies: nil, count: UInt64($0.count))
      })
    try instance.call("backward") { call in
      let status = backward(instance.raw, call, tape.take(), rows)
      return (status, {})
    }
  }

  func drop(_ pass: ForwardPass) {
    guard let tape = pass.tape as? Tape else { return }
    table.drop?(instance.raw, tape.take())
  }

  func step(_ step: OptimizerStep) throws -> StepReport {
    let function = try instance.required(table.step, "step")
    instance.frame.begin(seed: 0)
    var request = PolyaStep(
      struct_size: UInt32(MemoryLayout<PolyaStep>.size), zero: 0, learning_rate: step.learningRate,
      beta1: step.beta1,
      beta2: step.beta2, epsilon: step.epsilon, weight_decay: step.weightDecay, clip_norm: step.clipNorm,
      gradient_scale: 1)
    var report = PolyaStepReport()
    report.struct_size = UInt32(MemoryLayout<PolyaStepReport>.size)
    return try instance.call("step") { call in
      let status = function(instance.raw, call, &request, &report)
      return (
        status,
        {
          StepReport(
            skipped: report.skipped != 0, gradientNorm: report.gradient_norm, updateNorm: report.update_norm)
        }
      )
    }
  }

  func save(to folder: String) throws {
    let save = try instance.required(table.save, "save")
    try inFolder(folder, "save") { save(instance.raw, $0, $1) }
  }

  func load(from folder: String) throws {
    let load = try instance.required(table.load, "load")
    try inFolder(folder, "load") { load(instance.raw, $0, $1) }
    try refreshInfo()
  }

  private func inFolder(
    _ folder: String, _ name: String, _ body: (UnsafePointer<PolyaCall>, PolyaText) -> PolyaStatus
  )
    throws
  {
    instance.frame.begin(seed: 0)
    let text = instance.frame.text(folder)
    try instance.call(name) { call in
      let status = body(call, text)
      return (status, {})
    }
  }
}
