public import PolyaKit
internal import TransformerFiles
internal import TransformerTexts
internal import TransformerTokenizer

/// A model that samples and trains at a server of the Tinker protocol.
public final class TinkerPlugin: TrainableModel, ChatModel {
  /// Manifests ask for it by this name.
  public static let id = "polya.tinker"
  /// One line for lists.
  public static let title = "Language models at a Tinker server"
  /// What it does and when to use it.
  public static let summary =
    "Samples, scores and trains adapters of any model that a server of the Tinker protocol has, on its accelerators: SkyRL, OpenRL and others, or a hosted service."
  /// Markdown for `polya plugin help`.
  public static let guide = """
    `folder` needs the base model's tokenizer and configuration, not its weights. The loss stays the host's: before the first
    step, a probe measures what the server makes of gradients, and refuses a server that does something unknown.
    """
  /// What a manifest may set.
  public static let options = TinkerOptions.declared
  /// It opens connections, and not every server takes the seeds of samples.
  public static let traits: Traits = [.network, .nondeterministic]

  /// A forward pass, whose gradients are to come.
  public struct Tape {
    fileprivate let sequences: [TokenSequence]
    fileprivate let logprobs: [[Float]]
  }

  private let options: TinkerOptions
  private let texts: ModelTexts
  private let seed: UInt64
  private let session: TinkerSession
  private var model: TinkerModel
  private var watch: SamplerWatch
  private var normalization: Normalization?
  private var pending: [TinkerModel.Contribution] = []

  /// Reads the tokenizer and opens a session.
  public init(options: OptionValues, call: Call) throws {
    let chosen = try TinkerOptions(options)
    self.options = chosen
    seed = call.seed
    texts = try Self.translating {
      try ModelTexts(chosen.folder, try PromptOptions.style(options))
    }
    session = try TinkerSession(chosen) { call.shouldStop }
    try Self.checkModel(chosen, session, call)
    model = TinkerModel(session, base: chosen.model, rank: chosen.rank)
    watch = SamplerWatch(Array(try Self.watched(texts).prefix(24)))
  }

  deinit {
    // What stays behind, the server frees when the session has shown no life for some minutes.
    let end = ContinuousClock.now + .seconds(3)
    do { try model.unload { ContinuousClock.now > end } } catch { return }
  }

  private static func checkModel(_ options: TinkerOptions, _ session: TinkerSession, _ call: Call) throws {
    let answer = try session.service.answer(to: "get_server_capabilities", nil) { call.shouldStop }
    let names = (answer["supported_models"]?.array ?? []).compactMap { $0["model_name"]?.string }
    guard names.isEmpty || names.contains(options.model) else {
      throw Failure(
        .badOption,
        "the server has no model '\(options.model)'; it has \(names.joined(separator: ", "))")
    }
  }

  /// A text for probes, with enough tokens in any tokenizer.
  private static func watched(_ texts: ModelTexts) throws -> [Int32] {
    let text =
      "How do you solve it? First, you have to understand the problem; then find the connection between the data and the unknown, and carry out your plan."
    let tokens = texts.tokenizer.encode(text)
    guard tokens.count > 20 else {
      throw Failure(.unsupported, "the tokenizer in folder makes only \(tokens.count) tokens of a long text")
    }
    return tokens
  }

  /// Of the base model's files.
  public var info: ModelInfo {
    ModelInfo(
      name: options.model, family: texts.family, device: options.url, dtype: "bfloat16",
      sharesForward: false, parameters: 0, vocabularySize: texts.vocabularySize,
      contextLength: texts.contextLength ?? -1, layers: texts.layers, bos: texts.tokenizer.bos,
      eos: texts.ends.first, tokenizerHash: texts.tokenizerHash)
  }

  /// Whether the base model, or an option, brings a chat template.
  public var hasTemplate: Bool { texts.hasTemplate }

  /// Token ids of texts; special tokens are found in the text, but not added.
  public func encode(_ texts: [String], _ call: Call) throws -> [[Int32]] {
    texts.map { self.texts.tokenizer.encode($0) }
  }

  /// The bytes that token ids stand for.
  public func decode(_ tokens: [[Int32]], _ call: Call) throws -> [[UInt8]] {
    try tokens.map { ids in
      try ids.checkTokens(vocabularySize: texts.vocabularySize)
      return texts.tokenizer.decode(ids)
    }
  }

  /// Token ids of conversations, as the base model's chat template makes them.
  public func render(_ chats: [[Message]], _ call: Call) throws -> [[Int32]] {
    try Self.translating { try chats.map { try texts.render($0) } }
  }

  /// All samples of all prompts, prompt by prompt.
  public func generate(_ prompts: [Prompt], _ call: Call) throws -> [Sample] {
    try prompts.forEach(Self.check)
    let stop = { call.shouldStop }
    let weights = try model.samplerWeights(stop)
    if model.id != nil, !watch.isCurrent(model), let difference = try watch.check(model, weights, stop) {
      call.log(.debug, "sampler and trainer differ by \(difference) nats a token")
    }
    return try samples(prompts, weights, stop)
  }

  /// A prompt with its room in the context.
  private func fitting(_ prompt: Prompt) throws -> Prompt {
    guard let context = texts.contextLength else { return prompt }
    guard prompt.tokens.count < context else {
      throw Failure(
        .limit,
        "a prompt has \(prompt.tokens.count) tokens; the context of \(context) leaves no room to answer")
    }
    var prompt = prompt
    prompt.maxTokens = min(prompt.maxTokens, context - prompt.tokens.count)
    return prompt
  }

  private func samples(
    _ prompts: [Prompt], _ weights: [(key: String, value: JSON)], _ stop: () -> Bool
  ) throws -> [Sample] {
    let prompts = try prompts.filter { $0.samples > 0 }.map(fitting)
    let drawn = try model.draw(prompts, ends: texts.ends, weights, stop)
    return zip(prompts, drawn).flatMap { prompt, samples in samples.map { sample($0, of: prompt) } }
  }

  private func sample(_ drawn: DrawnSample, of prompt: Prompt) -> Sample {
    // Beside stop strings, the protocol takes no end tokens, so that a server may go on behind one.
    let end = drawn.tokens.firstIndex { texts.ends.contains($0) }
    var count = end.map { $0 + 1 } ?? drawn.tokens.count
    let (text, found) = texts.text(of: drawn.tokens[..<(end ?? count)], stop: prompt.stop)
    if let found {
      // Up to the token in which the stop string ends.
      var bytes = 0
      let last = drawn.tokens.firstIndex { token in
        bytes += texts.tokenizer.pieces[token].count
        return bytes >= found.upperBound
      }
      count = last.map { $0 + 1 } ?? count
    }
    return Sample(
      finish: drawn.isStopped || end != nil || found != nil ? .stop : .length, text: text,
      tokens: Array(drawn.tokens[..<count]),
      logprobs: Self.hasContractLogprobs(prompt) ? Array(drawn.logprobs[..<count]) : [])
  }

  /// Whether the server's log-probs are those of softmax(logits / temperature) before anything is cut. The protocol does not
  /// say what they are elsewhere.
  private static func hasContractLogprobs(_ prompt: Prompt) -> Bool {
    prompt.temperature == 1 && prompt.topP == 1 && (prompt.topK ?? 0) <= 0
  }

  private static func check(_ prompt: Prompt) throws {
    guard prompt.minP == 0 else {
      throw Failure(.unsupported, "the Tinker protocol has no min-p; remove min-p from the stage's sampling")
    }
  }

  private static func check(_ sequence: TokenSequence) throws {
    guard sequence.temperature == 1 || sequence.temperature == 0 else {
      throw Failure(
        .unsupported,
        "the Tinker protocol gives log-probs at temperature 1 only, not \(sequence.temperature); train with samples at temperature 1"
      )
    }
  }

  /// Log-probs of the tail of each sequence.
  public func score(_ sequences: [TokenSequence], _ call: Call) throws -> [Scored] {
    zip(sequences, try logprobs(sequences, call)).map(Self.scored)
  }

  /// As `score`, keeping what `backward` needs. The first pass of a training probes the server's gradients.
  public func forward(_ sequences: [TokenSequence], _ call: Call) throws -> (scored: [Scored], tape: Tape) {
    try sequences.forEach(Self.check)
    _ = try probed(call)
    let logprobs = try logprobs(sequences, call)
    return (zip(sequences, logprobs).map(Self.scored), Tape(sequences: sequences, logprobs: logprobs))
  }

  private static func scored(_ sequence: TokenSequence, _ logprobs: [Float]) -> Scored {
    Scored(logprobs: Array(logprobs.dropFirst(sequence.from - 1)))
  }

  /// Log-probs of all tokens after the first one; none of a sequence without a tail.
  private func logprobs(_ sequences: [TokenSequence], _ call: Call) throws -> [[Float]] {
    try sequences.forEach(Self.check)
    let stop = { call.shouldStop }
    let asked = sequences.indices.filter { sequences[$0].tokens.count > sequences[$0].from }
    if model.id == nil, !asked.isEmpty { try model.create(seed: seed, stop) }
    var logprobs = sequences.map { _ in [Float]() }
    for (index, values) in zip(asked, try model.logprobs(asked.map { sequences[$0].tokens }, stop)) {
      logprobs[index] = values
    }
    return logprobs
  }

  /// Keeps the gradients for the step, which sends all of them together.
  public func backward(_ tape: Tape, _ gradients: [Gradient], _ call: Call) throws {
    guard gradients.allSatisfy({ $0.entropies.allSatisfy { $0 == 0 } }) else {
      throw Failure(
        .unsupported,
        "the Tinker protocol has no gradients of entropies; set entropy-coefficient to 0")
    }
    for (index, sequence) in tape.sequences.enumerated() where !tape.logprobs[index].isEmpty {
      pending.append(
        TinkerModel.Contribution(
          tokens: sequence.tokens, from: sequence.from, logprobs: tape.logprobs[index],
          gradient: gradients[index].logprobs))
    }
  }

  /// One step of AdamW at the server.
  public func step(_ step: OptimizerStep, _ call: Call) throws -> StepReport {
    defer { pending = [] }
    let stop = { call.shouldStop }
    guard pending.allSatisfy({ $0.gradient.allSatisfy(\.isFinite) }) else {
      return StepReport(skipped: true, step: model.steps, gradientNorm: .infinity, updateNorm: 0)
    }
    guard !pending.isEmpty else {
      return StepReport(skipped: false, step: model.steps, gradientNorm: 0, updateNorm: 0)
    }
    let normalization = try probed(call)
    if step.index == 0 { try model.forgetMoments(pending[0].tokens, normalization, stop) }
    let report = try model.step(pending, step, normalization, stop)
    let norm = report["metrics"]?.members?.first { $0.key.hasSuffix("grad_norm") }?.value.double
    return StepReport(
      skipped: false, step: model.steps, gradientNorm: norm ?? .nan, updateNorm: .nan)
  }

  /// What the server makes of gradients, measured once, with adapters of their own.
  private func probed(_ call: Call) throws -> Normalization {
    if let normalization { return normalization }
    let stop = { call.shouldStop }
    let trial = TinkerModel(session, base: options.model, rank: options.rank)
    try trial.create(seed: seed, stop)
    defer { release(trial, call) }
    let (found, seen) = try GradientProbe(trial, try Self.watched(texts), stop).measure()
    var watch = SamplerWatch(Array(try Self.watched(texts).prefix(24)))
    let difference = try watch.check(trial, try trial.samplerWeights(stop), stop)
    let agreement = difference.map { "sampler and trainer differ by \($0) nats a token" }
    call.log(
      .info,
      "the server \(found); \(agreement ?? "it gives no log-probs of prompts, so stale weights would go unnoticed")"
    )
    call.log(.debug, "\(seen)")
    if !found.clips {
      call.log(.warning, "the server does not clip gradients, so clip-norm has no effect")
    }
    normalization = found
    return found
  }

  /// Stores weights and moments at the server, and in the folder where they are.
  public func save(to folder: String, _ call: Call) throws {
    let stop = { call.shouldStop }
    guard !File.exists(folder + "/" + ServerCheckpoint.name) else {
      throw Failure(.wrongState, "\(folder) already holds a checkpoint; give an empty folder")
    }
    if model.id == nil { try model.create(seed: seed, stop) }
    let path = try model.store(stop)
    if options.exports, case .string(let weights)? = try model.samplerWeights(stop).first?.value {
      try AdapterExport(options).write(weights, to: folder, stop)
    }
    try Self.translating {
      try ServerCheckpoint(path: path, base: options.model, rank: model.rank, steps: model.steps)
        .write(folder)
    }
  }

  /// All or nothing.
  public func load(from folder: String, _ call: Call) throws {
    let stop = { call.shouldStop }
    let checkpoint = try Self.translating { try ServerCheckpoint(folder: folder) }
    guard checkpoint.base == options.model else {
      throw Failure(
        .badOption, "\(folder) belongs to the base model '\(checkpoint.base)', not to '\(options.model)'")
    }
    let loaded = TinkerModel(session, base: checkpoint.base, rank: checkpoint.rank)
    try loaded.create(seed: seed, stop)
    do { try loaded.restore(checkpoint.path, steps: checkpoint.steps, stop) } catch {
      release(loaded, call)
      throw error
    }
    release(model, call)
    model = loaded
    pending = []
    watch = SamplerWatch(Array(try Self.watched(texts).prefix(24)))
  }

  /// What cannot be freed now, the server frees when the session has shown no life for some minutes.
  private func release(_ model: TinkerModel, _ call: Call) {
    do { try model.unload { call.shouldStop } } catch {
      call.log(.debug, "adapters stay at the server: \(error)")
    }
  }

  private static func translating<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as TransformerError { throw Failure(error) }
  }
}
