internal import CPolya
internal import PolyaCore

/// The training functions for rules: forward, backward, step, save, and load.
struct ModelTraining {
  let instance: Instance
  private let table: PolyaModel
  private let settings = CallSettings()

  init(_ instance: Instance) throws {
    guard let table = instance.subject.table(as: PolyaModel.self),
      table.forward != nil, table.backward != nil, table.step != nil
    else { throw NotApplicable("it does not train") }
    self.instance = instance
    self.table = table
  }

  /// Returns the log-probs of a forward pass and the tape.
  func forward(_ sequences: [SequenceInput]) throws -> (logprobs: [[Float]], tape: OpaquePointer) {
    guard let forward = table.forward else { throw NotApplicable("it does not train") }
    var tape: OpaquePointer?
    let scoring = WorkFunction.scoring({ _, _, _, _ in 0 }, instance)
    let function = WorkFunction(
      role: .scoreTokens, inputSize: scoring.inputSize, outputSize: scoring.outputSize, write: scoring.write,
      prepare: scoring.prepare, invoke: { forward(instance.raw, $0, $1, $2, &tape) }, read: scoring.read)
    let result = try instance.call(function, sequences.map { .sequence($0) })
    guard result.status == 0, let tape else {
      throw Violation("forward failed with status \(result.status): \(result.reasons.last ?? "no reason")")
    }
    return (result.rows.map { Instance.floats($0) }, tape)
  }

  func backward(_ tape: OpaquePointer, _ gradients: [[Float]], entropies: Float? = nil) throws {
    guard let backward = table.backward else { throw NotApplicable("it does not train") }
    let call = try CallFixture(settings, host: instance.subject.host)
    let memory = InputMemory(.none)
    let writer = InputWriter(memory: memory)
    let rows = writer.rows(
      gradients.map {
        PolyaGradient(
          dlogprobs: writer.array($0),
          dentropies: entropies == nil ? nil : writer.array($0.map { _ in entropies ?? 0 }),
          count: UInt64($0.count))
      })
    let status = backward(instance.raw, call.raw, tape, rows)
    try require(status == 0, "backward failed with status \(status): \(call.reasons.last ?? "no reason")")
  }

  /// Adds the gradient of the mean log-prob, times `scale`, to the accumulated gradients.
  func accumulate(_ sequences: [SequenceInput], scale: Float) throws {
    let (logprobs, tape) = try forward(sequences)
    try backward(tape, logprobs.map { $0.map { _ in scale } })
  }

  /// Adds the gradient of the mean entropy, times `scale`, to the accumulated gradients.
  func accumulate(entropiesOf sequences: [SequenceInput], scale: Float) throws {
    let (logprobs, tape) = try forward(sequences)
    try backward(tape, logprobs.map { $0.map { _ in 0 } }, entropies: scale)
  }

  /// Takes one step and returns the norm of the gradients.
  func step(rate: Double, beta1: Double = 0.9, index: UInt64 = 1) throws -> Double {
    guard let step = table.step else { throw NotApplicable("it does not train") }
    let call = try CallFixture(settings, host: instance.subject.host)
    var request = PolyaStep(
      struct_size: UInt32(MemoryLayout<PolyaStep>.size), zero: 0, learning_rate: rate, beta1: beta1,
      beta2: 0.999,
      epsilon: 1e-8, weight_decay: 0, clip_norm: 0, gradient_scale: 1, index: index)
    var report = PolyaStepReport()
    report.struct_size = UInt32(MemoryLayout<PolyaStepReport>.size)
    let status = step(instance.raw, call.raw, &request, &report)
    try require(status == 0, "step failed with status \(status): \(call.reasons.last ?? "no reason")")
    return report.gradient_norm
  }

  func drop(_ tape: OpaquePointer) { table.drop?(instance.raw, tape) }

  var saves: Bool { table.save != nil && table.load != nil }

  func save(to folder: String) throws -> Int32 { try inFolder(folder) { table.save?(instance.raw, $0, $1) } }
  func load(from folder: String) throws -> Int32 {
    try inFolder(folder) { table.load?(instance.raw, $0, $1) }
  }

  private func inFolder(_ folder: String, _ body: (UnsafePointer<PolyaCall>, PolyaText) -> PolyaStatus?)
    throws
    -> Int32
  {
    let call = try CallFixture(settings, host: instance.subject.host)
    let memory = InputMemory(.none)
    return body(call.raw, InputWriter(memory: memory).text(Array(folder.utf8)))
      ?? PolyaStatus(POLYA_UNSUPPORTED)
  }
}
