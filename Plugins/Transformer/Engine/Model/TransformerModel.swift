internal import TransformerChatTemplate
internal import TransformerFiles
package import TransformerTexts
package import TransformerTokenizer

/// A language model with its tokenizer: samples, scores, learns, and is stored in Hugging Face layout.
///
/// Results do not depend on the number of threads or on what else is in a batch. One call at a time; instances are
/// independent of each other.
package final class TransformerModel {
  private(set) var network: Network
  private var configuration: Configuration
  private let kernels: Kernels
  private let training: TrainingMode
  /// Where the weights, or those that adapters change, were read from.
  private var base: String?
  /// Moments that were stored with the weights, until they are needed.
  private var moments: OptimizerFile?
  private var texts: TokenizerFolder
  private var prompting: PromptRendering
  /// The folder of the model that adapters belong to, in place of the one that they name.
  private let baseOfAdapters: String?
  /// How conversations become prompts, as the user wants it.
  private let style: PromptStyle

  /// Encodes and decodes text.
  package var tokenizer: Tokenizer { texts.tokenizer }

  /// A fresh model with random weights; `shape.vocabulary` must hold the tokenizer's ids.
  convenience init(shape: Shape, tokenizer: Tokenizer, seed: UInt64) throws {
    try self.init(shape: shape, tokenizer: tokenizer, seed: seed, training: TrainingMode())
  }

  /// A fresh model with random weights.
  ///
  /// - Parameters:
  ///   - shape: its vocabulary must hold the tokenizer's ids.
  ///   - style: without a template, the contents of a conversation are joined.
  ///   - products: who makes the matrix products; nil: whoever is best on this processor.
  ///   - precision: what matrices are stored and multiplied in.
  package init(
    shape: Shape, tokenizer: Tokenizer, seed: UInt64, training: TrainingMode,
    style: PromptStyle = PromptStyle(),
    products: MatrixProducts? = nil, precision: Precision = .float32
  ) throws {
    self.training = training
    guard shape.vocabulary >= tokenizer.vocabularySize else {
      throw TransformerError(
        .badOption,
        "vocabulary is \(shape.vocabulary), but the tokenizer has \(tokenizer.vocabularySize) entries; give at least as many"
      )
    }
    kernels = try Kernels(products, precision)
    configuration = Configuration(
      shape: shape, bos: tokenizer.bos, eos: tokenizer.eos.map { [$0] } ?? [], pad: tokenizer.pad)
    network = try Network(shape, kernels: kernels)
    texts = TokenizerFolder(tokenizer)
    prompting = try PromptRendering(style, own: nil, tokenizer: tokenizer)
    self.style = style
    baseOfAdapters = nil
    network.weights.initialize(seed: seed, norm: 1)
  }

  /// A stored model, or adapters and the model that they name. Throws ``TransformerError`` naming the file, key or tensor
  /// that is wrong.
  convenience init(folder: String) throws {
    try self.init(folder: folder, training: TrainingMode())
  }

  /// A stored model.
  ///
  /// - Parameters:
  ///   - folder: a checkpoint folder, a GGUF file, or the folder of adapters.
  ///   - baseOfAdapters: the folder of the model that adapters belong to; nil: the one that they name.
  ///   - products: who makes the matrix products; nil: whoever is best on this processor.
  ///   - precision: what matrices are stored and multiplied in.
  package init(
    folder: String, training: TrainingMode, style: PromptStyle = PromptStyle(),
    baseOfAdapters: String? = nil, products: MatrixProducts? = nil, precision: Precision = .float32
  ) throws {
    kernels = try Kernels(products, precision)
    self.training = training
    self.style = style
    self.baseOfAdapters = baseOfAdapters
    guard baseOfAdapters == nil || AdapterFiles.exist(in: folder) else {
      throw TransformerError(
        .badOption, "base is given, but \(folder) holds no adapters; remove one of the two options")
    }
    let stored = try Self.read(folder, kernels, training, baseOfAdapters)
    prompting = try PromptRendering(style, own: stored.texts.template, tokenizer: stored.texts.tokenizer)
    moments = try Self.moments(folder, stored.network)
    (configuration, network, texts, base) = stored
  }

  private static func read(
    _ folder: String, _ kernels: Kernels, _ training: TrainingMode, _ given: String?
  ) throws -> (Configuration, network: Network, texts: TokenizerFolder, String) {
    guard AdapterFiles.exist(in: folder) else {
      let (configuration, network, texts) = try readModel(folder, kernels)
      if let settings = training.adapters {
        network.adapters = try Adapters(settings, network, seed: training.seed)
      }
      return (configuration, network, texts, folder)
    }
    let adapter = try StoredAdapter(folder)
    let settings = adapter.configuration.settings
    let base = given ?? adapter.configuration.base
    guard try StoredModel.exists(at: base) || AdapterFiles.exist(in: base) else {
      throw TransformerError(
        .badOption,
        "\(folder) adapts the model '\(base)', which is not a folder with a checkpoint here; give its folder with the option base"
      )
    }
    guard !AdapterFiles.exist(in: base) else {
      throw TransformerError(
        .unsupported,
        "\(folder) adapts \(base), which is itself an adapter; merge that into its base with merge_and_unload of peft"
      )
    }
    if let wanted = training.adapters, wanted.rank != settings.rank || wanted.alpha != settings.alpha {
      throw TransformerError(
        .badOption,
        "\(folder) has rank \(settings.rank) and alpha \(settings.alpha), but the options say \(wanted.rank) and \(wanted.alpha); give the adapter's own"
      )
    }
    if let targets = training.adapters?.targets, !targets.isEmpty, Set(targets) != Set(adapter.kinds) {
      throw TransformerError(
        .badOption,
        "\(folder) adapts \(adapter.kinds.joined(separator: ", ")), but lora-targets says \(targets.joined(separator: ", ")); omit lora-targets"
      )
    }
    let (configuration, network, texts) = try readModel(base, adapters: (folder, adapter), kernels)
    // Without options for adapters, all weights are trained.
    try adapter.apply(to: network, trains: training.adapters != nil, threads: 1)
    return (configuration, network, texts, base)
  }

  /// The moments that a training with these weights resumes from. Those of adapters are of no use to a model that took
  /// the sum of both and trains all weights.
  private static func moments(_ folder: String, _ network: Network) throws -> OptimizerFile? {
    guard network.adapters != nil || !AdapterFiles.exist(in: folder) else { return nil }
    return try OptimizerFile(folder, for: network)
  }

  /// - Parameter adapters: and their folder; its tokenizer and template come before the model's.
  private static func readModel(
    _ path: String, adapters: (folder: String, stored: StoredAdapter)? = nil, _ kernels: Kernels
  ) throws -> (Configuration, Network, TokenizerFolder) {
    let stored = try StoredModel(path)
    var configuration = try stored.configuration()
    let unties = adapters?.stored.unties(configuration.shape) ?? false
    if unties { configuration.untie() }
    let texts = try TokenizerFolder(stored, adapters: adapters?.folder)
    try texts.check(fits: configuration.shape, in: adapters?.folder ?? path)
    for id in texts.ends where !configuration.eos.contains(id) { configuration.eos.append(id) }
    let network = try Network(configuration.shape, kernels: kernels)
    try Checkpoint.readWeights(stored, into: network, separating: unties)
    return (configuration, network, texts)
  }

  /// Sizes of the network.
  package var shape: Shape { network.shape }
  /// Ids that end a sample, first the one with which the model ends its own turn.
  package var endTokens: [Int32] {
    guard let turnEnd = prompting.turnEnd else { return configuration.eos }
    return [turnEnd] + configuration.eos.filter { $0 != turnEnd }
  }
  /// Whether conversations are rendered by a chat template.
  package var hasTemplate: Bool { prompting.template != nil }
  /// Id that begins a text, if the model has one.
  package var beginToken: Int32? { configuration.bos }
  /// Id that fills up, if the model has one.
  package var padToken: Int32? { configuration.pad }
  /// What matrices are stored and multiplied in.
  package var precision: Precision { kernels.precision }
  /// Number of weights.
  package var parameters: Int { network.shape.parameters }
  /// Optimizer steps of this training, also those before the model was stored.
  package var steps: Int { moments?.steps ?? network.adapters?.state.steps ?? network.weights.steps }
  /// "llama", "qwen2", ...
  package var family: String { configuration.family }
  /// Number of values that are trained.
  package var trainedParameters: Int {
    network.adapters.map { adapters in
      adapters.modules.reduce(0) { $0 + $1.rank * ($1.tensor.rows + $1.tensor.columns) }
    } ?? parameters
  }

  /// Token ids of a conversation as the model's chat template, or its tokenizer, wants it: a prompt for the assistant,
  /// or, where the assistant has the last word, all up to the end of its turn.
  package func render(_ messages: [(role: String, content: String)]) throws -> [Int32] {
    try checked(try prompting.tokens(messages, tokenizer, end: configuration.eos.first))
  }

  /// Token ids of a text; special tokens are found in the text, but not added.
  package func encode(_ text: String) throws -> [Int32] { try checked(tokenizer.encode(text)) }

  /// - Throws: for a token that was added to the tokenizer without a row in the model's embedding.
  private func checked(_ ids: [Int32]) throws -> [Int32] {
    guard let wild = ids.first(where: { Int($0) >= shape.vocabulary }) else { return ids }
    throw TransformerError(
      .badArgument,
      "the text has \(tokenizer.text([wild])), whose id \(wild) is beyond the model's vocabulary of "
        + "\(shape.vocabulary); take it out of the text, or resize the model's embedding")
  }

  /// All samples of all prompts, prompt by prompt.
  ///
  /// `shouldStop` and `finished` (index of a finished result) are called from several threads.
  package func generate(
    _ prompts: [GenerationPrompt], threads: Int, shouldStop: @escaping @Sendable () -> Bool = { false },
    finished: (@Sendable (Int) -> Void)? = nil
  ) throws -> [Continuation] {
    let job = Generation(
      prompts, ends: endTokens, pieces: tokenizer.pieces, stop: StopSignal(shouldStop),
      finished: finished)
    return try network.generate(job, threads: max(1, threads))
  }

  /// Log-probs and entropies of `tokens[from...]` of each sequence.
  package func score(
    _ sequences: [ScoredSequence], threads: Int, shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws -> [SequenceScores] {
    let batch = try PackedBatch(sequences, shape: network.shape)
    return split(try network.score(batch, threads: max(1, threads), stop: StopSignal(shouldStop)), batch)
  }

  /// Whole texts as vectors: the mean of their tokens' last hidden states.
  package func embed(
    _ texts: [[Int32]], threads: Int, shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws -> [[Float]] {
    if let empty = texts.firstIndex(of: []) {
      throw TransformerError(.badArgument, "text \(empty) has no tokens; leave it out")
    }
    // A pass leaves a sequence's last token out, so another one follows.
    let batch = try PackedBatch(
      texts.map { ScoredSequence(tokens: $0 + [0], from: $0.count + 1) }, shape: network.shape)
    return try network.meanHiddenStates(batch, threads: max(1, threads), stop: StopSignal(shouldStop))
  }

  /// As ``score(_:threads:shouldStop:)``, keeping what ``backward(_:_:threads:shouldStop:)`` needs.
  package func forward(
    _ sequences: [ScoredSequence], threads: Int, shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws -> (
    scores: [SequenceScores], tape: Tape
  ) {
    try checkTrains()
    let batch = try PackedBatch(sequences, shape: network.shape)
    let (output, tape) = try network.forward(
      batch, threads: max(1, threads), recomputing: training.recomputes, stop: StopSignal(shouldStop))
    return (split(output, batch), tape)
  }

  private func checkTrains(_ remedy: String = "train with \"bf16\" or \"float32\"") throws {
    guard !precision.isTrained else { return }
    throw TransformerError(
      .unsupported, "a model of precision \"\(precision.rawValue)\" only samples and scores; \(remedy)")
  }

  /// Adds the gradients of one forward pass; consumes the tape, also on failure. A stop leaves all gradients
  /// zero.
  package func backward(
    _ tape: Tape, _ gradients: [ScoreGradient], threads: Int,
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws {
    try network.backward(tape, gradients, threads: max(1, threads), stop: StopSignal(shouldStop))
  }

  /// Frees a tape that backward will not use; letting go of it does the same.
  package func drop(_ tape: Tape) { tape.consume() }

  /// Makes the next step the first one of a training: moments, also those that were loaded, are forgotten.
  package func beginTraining() throws {
    moments = nil
    guard steps > 0 else { return }
    try network.trainingState().forgetMoments()
  }

  /// One AdamW step on the gradients added so far, which are zero afterwards.
  package func step(_ numbers: AdamW, threads: Int) throws -> StepOutcome {
    try checkTrains()
    try recallMoments()
    return try network.step(numbers, threads: max(1, threads))
  }

  private func recallMoments() throws {
    try moments?.read(into: network)
    moments = nil
  }

  /// Writes `config.json`, `model.safetensors` and `tokenizer.json` into an existing folder; of a model with adapters, these
  /// in PEFT's layout. Beside them the moments, once there are such, so that a loaded model learns on bit by bit.
  package func save(_ folder: String) throws {
    try checkTrains("its weights are rounded, so keep the checkpoint that it was read from")
    try recallMoments()
    if steps > 0 { try OptimizerFile.write(folder, network) }
    if let adapters = network.adapters, let base {
      if texts.isOfAdapters { try texts.write(folder, template: nil) }
      return try AdapterFiles.write(folder, adapters, base: base)
    }
    try Checkpoint.write(folder, configuration, network)
    try texts.write(folder, template: style.template?.source)
  }

  /// Replaces weights, shape and tokenizer by a stored model's; keeps everything when that fails.
  package func load(_ folder: String) throws {
    let stored = try Self.read(folder, kernels, training, baseOfAdapters)
    let prompting = try PromptRendering(
      style, own: stored.texts.template, tokenizer: stored.texts.tokenizer)
    moments = try Self.moments(folder, stored.network)
    self.prompting = prompting
    (configuration, network, texts, base) = stored
  }

  /// All weights, tensor by tensor.
  var weights: [Float] { network.weights.tensorValues().flatMap(\.self) }

  func withNetwork<Result>(_ body: (Network) throws -> Result) rethrows -> Result { try body(network) }

  private func split(_ output: ScoreOutput, _ batch: PackedBatch) -> [SequenceScores] {
    batch.inputs.map { range in
      SequenceScores(logprobs: Array(output.logprobs[range]), entropies: Array(output.entropies[range]))
    }
  }
}

/// Scores of the tail of one sequence.
package struct SequenceScores: Sendable {
  /// One per scored token.
  package var logprobs: [Float]
  /// Of each scored position's distribution, in nats.
  package var entropies: [Float]
}

/// What is trained, and at which price.
package struct TrainingMode: Sendable {
  /// Trains adapters instead of the weights.
  var adapters: Adapters.Settings?
  /// Keeps layers' inputs only and computes the rest again in backward: a third more work, far less memory.
  var recomputes: Bool
  /// Of fresh adapters.
  var seed: UInt64

  /// All weights, everything kept.
  init() { self.init(adapters: nil, recomputes: false, seed: 0) }

  /// - Parameter seed: of fresh adapters.
  package init(adapters: Adapters.Settings?, recomputes: Bool, seed: UInt64) {
    self.adapters = adapters
    self.recomputes = recomputes
    self.seed = seed
  }
}
