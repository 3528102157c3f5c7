internal import PolyaKit

/// A model at the server: the base, or adapters that are trained on it.
///
/// The loss is the host's. Its derivatives by the log-probs travel as the advantages of `importance_sampling`, whose ratio
/// is 1 and whose derivative is the advantage when the log-probs are those of our own forward pass.
final class TinkerModel {
  /// A sequence whose gradient is to be added.
  struct Contribution {
    var tokens: [Int32]
    var from: Int
    /// Of all targets, as the forward pass gave them.
    var logprobs: [Float]
    /// d loss / d log-prob, of the targets from `from` on.
    var gradient: [Float]
  }

  let session: TinkerSession
  private let base: String
  /// Of the adapters.
  let rank: Int
  /// The server's name for the adapters; nil before there are any.
  private(set) var id: String?
  /// Steps that the adapters took.
  private(set) var steps = 0
  /// Counts the weights: each has another name at the sampler.
  private(set) var version = 0
  private var sampler: [(key: String, value: JSON)]?
  /// Whether a step failed half way.
  private var isBroken = false

  init(_ session: TinkerSession, base: String, rank: Int) {
    self.session = session
    self.base = base
    self.rank = rank
  }

  private var service: TinkerService { session.service }

  /// Makes adapters that change nothing yet.
  func create(seed: UInt64, _ stop: () -> Bool) throws {
    let configuration: [(key: String, value: JSON)] = [
      ("rank", Wire.number(rank)), ("seed", Wire.number(Int(seed % (1 << 31)))), ("train_attn", .bool(true)),
      ("train_mlp", .bool(true)), ("train_unembed", .bool(false)),
    ]
    let done = try service.result(
      of: "create_model",
      [
        ("session_id", .string(session.id)), ("model_seq_id", Wire.number(session.nextModel())),
        ("base_model", .string(base)), ("lora_config", .object(configuration)),
        ("type", .string("create_model")),
      ], isRepeatable: false, stop)
    guard let id = done["model_id"]?.string else {
      throw Failure(.unavailable, "the server created no model: \(done.compact.prefix(300))")
    }
    self.id = id
  }

  /// Frees what the server holds.
  func unload(_ stop: () -> Bool) throws {
    guard let id else { return }
    _ = try service.answer(
      to: "unload_model", [("model_id", .string(id)), ("type", .string("unload_model"))], stop)
    self.id = nil
  }

  private func trained() throws -> String {
    guard let id, !isBroken else {
      throw Failure(
        .wrongState,
        "the server failed in the middle of a step, so its weights are unknown; run the same command again: it goes on from the last checkpoint"
      )
    }
    return id
  }

  /// Log-probs of all targets of each sequence.
  func logprobs(_ sequences: [[Int32]], _ stop: () -> Bool) throws -> [[Float]] {
    guard !sequences.isEmpty else { return [] }
    let weights = sequences.map { Wire.tensor([Float](repeating: 1, count: $0.count - 1)) }
    let data = zip(sequences, weights).map { Wire.datum($0, [("weights", $1)]) }
    let answer = try service.result(
      of: "forward",
      [
        ("model_id", .string(try trained())),
        ("forward_input", .object([("data", .array(data)), ("loss_fn", .string("cross_entropy"))])),
      ], isRepeatable: true, stop)
    let outputs = answer["loss_fn_outputs"]?.array ?? []
    guard outputs.count == sequences.count else {
      throw Failure(
        .unavailable, "forward gave \(outputs.count) results for \(sequences.count) sequences")
    }
    return try zip(outputs, sequences).map { output, tokens in
      let values = try Wire.values(output["logprobs"], "logprobs")
      guard values.count == tokens.count - 1 else {
        throw Failure(
          .unavailable, "forward gave \(values.count) log-probs for \(tokens.count - 1) targets")
      }
      return values
    }
  }

  /// Adds gradients and takes a step with them; what the server measured.
  func step(
    _ contributions: [Contribution], _ adam: OptimizerStep, _ normalization: Normalization,
    _ stop: () -> Bool
  ) throws -> JSON {
    let id = try trained()
    let targets = contributions.map { $0.tokens.count - 1 }
    let tokens = targets.reduce(0, +)
    let data = zip(contributions, targets).map { part, count in
      let factor = normalization.factor(length: count, sequences: contributions.count, tokens: tokens)
      let scale = -Float(adam.gradientScale) * factor
      let advantages = [Float](repeating: 0, count: part.from - 1) + part.gradient.map { $0 * scale }
      return Wire.datum(
        part.tokens,
        [("logprobs", Wire.tensor(part.logprobs)), ("advantages", Wire.tensor(advantages))])
    }
    // From here on, a failure leaves the server with half a step.
    isBroken = true
    let passed = try service.result(
      of: "forward_backward",
      [
        ("model_id", .string(id)),
        (
          "forward_backward_input",
          .object([("data", .array(data)), ("loss_fn", .string("importance_sampling"))])
        ),
      ], isRepeatable: false, stop)
    try checkRatios(passed, contributions)
    let report = try service.result(
      of: "optim_step",
      [("model_id", .string(id)), ("adam_params", Self.parameters(adam)), ("type", .string("optim_step"))],
      isRepeatable: false, stop)
    isBroken = false
    weightsChanged()
    steps += 1
    return report
  }

  /// The gradient is that of the loss only where the ratio is 1: where the pass gave the log-probs that it was told.
  private func checkRatios(_ passed: JSON, _ contributions: [Contribution]) throws {
    guard let outputs = passed["loss_fn_outputs"]?.array, outputs.count == contributions.count else { return }
    for (output, part) in zip(outputs, contributions) where output["logprobs"] != nil {
      let logprobs = try Wire.values(output["logprobs"], "logprobs")
      guard logprobs.count == part.logprobs.count else { continue }
      let difference =
        zip(logprobs, part.logprobs).reduce(0) { $0 + Double(abs($1.0 - $1.1)) }
        / Double(max(1, logprobs.count))
      guard difference > Self.mostRatio else { continue }
      throw Failure(
        .wrongState,
        "forward_backward computed log-probs that differ from those of forward by \(difference) nats a token, so its gradient is not that of the loss; look at the server's log"
      )
    }
  }

  /// In nats a token: what two passes in bfloat16 differ by at most.
  private static let mostRatio = 0.05

  private static func parameters(_ adam: OptimizerStep) -> JSON {
    .object([
      ("learning_rate", Wire.number(adam.learningRate)), ("beta1", Wire.number(adam.beta1)),
      ("beta2", Wire.number(adam.beta2)), ("eps", Wire.number(adam.epsilon)),
      ("weight_decay", Wire.number(adam.weightDecay)), ("grad_clip_norm", Wire.number(adam.clipNorm)),
    ])
  }

  /// Clears the moments of an earlier training: a step with rate 0, decay rates 0, and no gradient.
  func forgetMoments(_ tokens: [Int32], _ normalization: Normalization, _ stop: () -> Bool) throws {
    guard steps > 0 else { return }
    let logprobs = try logprobs([tokens], stop)[0]
    let nothing = Contribution(
      tokens: tokens, from: 1, logprobs: logprobs, gradient: logprobs.map { _ in 0 })
    let still = OptimizerStep(learningRate: 0, beta1: 0, beta2: 0, clipNorm: 0)
    _ = try step([nothing], still, normalization, stop)
    steps = 0
  }

  private func weightsChanged() {
    version += 1
    sampler = nil
  }

  /// What a sampling request says of the weights, which are put before the sampler if they changed. The name of each
  /// version is new, so that no sampler can take one for another.
  func samplerWeights(_ stop: () -> Bool) throws -> [(key: String, value: JSON)] {
    if let sampler { return sampler }
    guard id != nil else { return [("base_model", .string(base))] }
    let answer = try service.result(
      of: "save_weights_for_sampler",
      [
        ("model_id", .string(try trained())), ("path", .string("polya-sampler-\(version)")),
        ("type", .string("save_weights_for_sampler")),
      ], isRepeatable: false, stop)
    guard let path = answer["path"]?.string else {
      throw Failure(
        .unavailable, "save_weights_for_sampler named no path: \(answer.compact.prefix(300))")
    }
    let weights: [(key: String, value: JSON)] = [("model_path", .string(path))]
    sampler = weights
    return weights
  }

  /// Stores weights and moments at the server; where they are.
  func store(_ stop: () -> Bool) throws -> String {
    let answer = try service.result(
      of: "save_weights",
      [
        ("model_id", .string(try trained())), ("path", .string("polya-\(version)-\(stored)")),
        ("type", .string("save_weights")),
      ], isRepeatable: false, stop)
    stored += 1
    guard let path = answer["path"]?.string else {
      throw Failure(.unavailable, "save_weights named no path: \(answer.compact.prefix(300))")
    }
    return path
  }

  private var stored = 0

  /// Replaces the weights and moments of adapters that were just made.
  func restore(_ path: String, steps: Int, _ stop: () -> Bool) throws {
    _ = try service.result(
      of: "load_weights",
      [
        ("model_id", .string(try trained())), ("path", .string(path)), ("optimizer", .bool(true)),
        ("type", .string("load_weights")),
      ], isRepeatable: true, stop)
    self.steps = steps
    weightsChanged()
  }
}
