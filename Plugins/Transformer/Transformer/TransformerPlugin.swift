public import PolyaKit
public import TransformerEngine
internal import TransformerFiles
internal import TransformerTokenizer

/// The engine as a model plugin.
public final class TransformerPlugin: TrainableModel, ChatModel, EmbeddingModel {
  /// Manifests ask for it by this name.
  public static let id = "polya.transformer"
  /// One line for lists.
  public static let title = "Transformer language models on the CPU"
  /// What it does and when to use it.
  public static let summary =
    "Samples, scores and trains Llama, SmolLM3, Mistral, Qwen, OLMo, Gemma, Phi-3 and GPT-2 checkpoints in float32, or small models from scratch, with the same bits for any number of threads."
  /// Markdown for `polya plugin help`.
  public static let guide = """
    Give `folder` to start from a checkpoint in Hugging Face layout (`config.json`, `model.safetensors`,
    `tokenizer.json`) or from a GGUF file, or `shape` to start from random weights. Without `tokenizer`, every byte is a token. Conversations
    are rendered by the checkpoint's own chat template, or by `chat-template`.

    The log-probs of samples are those of the distribution at the prompt's temperature, before top-k, top-p and min-p, and
    equal those of `score` and `forward` up to rounding. At temperature 0 they are those of temperature 1.
    """
  /// What a manifest may set.
  public static let options = ModelOptions.declared

  private let model: TransformerModel
  private let name: String

  /// Reads a checkpoint or makes random weights.
  public init(options: OptionValues, call: Call) throws {
    let chosen = try ModelOptions(options)
    name = chosen.name
    model = try Self.translating { try chosen.model(defaultSeed: call.seed) }
  }

  /// Changes with `load` only.
  public var info: ModelInfo {
    ModelInfo(
      name: name, family: model.family, dtype: model.precision.dtype, sharesForward: true,
      parameters: model.parameters,
      vocabularySize: model.shape.vocabulary, contextLength: model.shape.context, layers: model.shape.layers,
      bos: model.beginToken, eos: model.endTokens.first,
      tokenizerHash: SHA256.digest(of: model.tokenizer.identity), masks: true)
  }

  /// Whether the checkpoint, or an option, brings a chat template.
  public var hasTemplate: Bool { model.hasTemplate }

  /// Token ids of texts; special tokens are found in the text, but not added.
  public func encode(_ texts: [String], _ call: Call) throws -> [[Int32]] {
    try texts.map {
      try call.checkStop()
      return try encode($0)
    }
  }

  private func encode(_ text: String) throws -> [Int32] { try Self.translating { try model.encode(text) } }

  /// The bytes that token ids stand for.
  public func decode(_ tokens: [[Int32]], _ call: Call) throws -> [[UInt8]] {
    try tokens.map { ids in
      try call.checkStop()
      try ids.checkTokens(vocabularySize: model.shape.vocabulary)
      return model.tokenizer.decode(ids)
    }
  }

  /// Token ids of conversations that the assistant is to answer, or that end with its answer, as the chat template makes
  /// them; of a model without one, the contents one after the other behind what the tokenizer puts before a text.
  public func render(_ chats: [[Message]], _ call: Call) throws -> [[Int32]] {
    try chats.map {
      try call.checkStop()
      return try render($0)
    }
  }

  private func render(_ messages: [Message]) throws -> [Int32] {
    try Self.translating { try model.render(messages.map { ($0.role, $0.content) }) }
  }

  /// All samples of all prompts, prompt by prompt.
  public func generate(_ prompts: [Prompt], _ call: Call) throws -> [Sample] {
    let requests = prompts.map(request)
    let continuations = try Self.translating(call) {
      try model.generate(requests, threads: call.maxThreads, shouldStop: { call.shouldStop })
    }
    var row = 0
    return requests.flatMap { request in
      (0..<request.samples).map { _ in
        defer { row += 1 }
        let result = continuations[row]
        return Sample(
          finish: result.finish == .stop ? .stop : .length, text: result.text, tokens: result.tokens,
          logprobs: result.logprobs, mask: SamplingMask(ids: result.mask.ids, ends: result.mask.ends),
          maskLogMass: result.mask.logMass)
      }
    }
  }

  private func request(_ prompt: Prompt) -> GenerationPrompt {
    GenerationPrompt(
      tokens: prompt.tokens, seed: prompt.seed, samples: prompt.samples, maxTokens: prompt.maxTokens,
      temperature: prompt.temperature, topK: prompt.topK, topP: prompt.topP, minP: prompt.minP,
      stop: prompt.stop.map { Array($0.utf8) }, wantsMask: prompt.wantsMask)
  }

  /// Log-probs of the tail of each sequence.
  public func score(_ sequences: [TokenSequence], _ call: Call) throws -> [Scored] {
    let scores = try Self.translating(call) {
      try model.score(
        sequences.map(Self.sequence), threads: call.maxThreads, shouldStop: { call.shouldStop })
    }
    return zip(sequences, scores).map(Self.scored)
  }

  /// The mean of the last hidden states of each text's tokens.
  public func embed(_ texts: [[Int32]], _ call: Call) throws -> [[Float]] {
    return try Self.translating(call) {
      try model.embed(texts, threads: call.maxThreads, shouldStop: { call.shouldStop })
    }
  }

  /// As `score`, keeping what `backward` needs.
  public func forward(_ sequences: [TokenSequence], _ call: Call) throws -> (scored: [Scored], tape: Tape) {
    let (scores, tape) = try Self.translating(call) {
      try model.forward(
        sequences.map(Self.sequence), threads: call.maxThreads, shouldStop: { call.shouldStop })
    }
    return (zip(sequences, scores).map(Self.scored), tape)
  }

  /// Adds to the gradients and consumes the tape.
  public func backward(_ tape: Tape, _ gradients: [Gradient], _ call: Call) throws {
    try Self.translating(call) {
      try model.backward(
        tape, gradients.map { ScoreGradient(logprobs: $0.logprobs, entropies: $0.entropies) },
        threads: call.maxThreads, shouldStop: { call.shouldStop })
    }
  }

  /// One AdamW step.
  public func step(_ step: OptimizerStep, _ call: Call) throws -> StepReport {
    let numbers = AdamW(
      learningRate: step.learningRate, beta1: step.beta1, beta2: step.beta2, epsilon: step.epsilon,
      weightDecay: step.weightDecay, clipNorm: step.clipNorm, gradientScale: step.gradientScale)
    let outcome = try Self.translating {
      if step.index == 0 { try model.beginTraining() }
      return try model.step(numbers, threads: call.maxThreads)
    }
    return StepReport(
      skipped: outcome.skipped, step: outcome.step, gradientNorm: outcome.gradientNorm,
      updateNorm: outcome.updateNorm)
  }

  /// Writes a checkpoint in Hugging Face layout.
  public func save(to folder: String, _ call: Call) throws {
    let files = ["config.json", "model.safetensors", "adapter_config.json", OptimizerFile.name]
    guard !files.contains(where: { File.exists(folder + "/" + $0) }) else {
      throw Failure(.wrongState, "\(folder) already holds a checkpoint; give an empty folder")
    }
    try Self.translating { try model.save(folder) }
  }

  /// All or nothing.
  public func load(from folder: String, _ call: Call) throws {
    try Self.translating { try model.load(folder) }
  }

  private static func sequence(_ sequence: TokenSequence) -> ScoredSequence {
    ScoredSequence(
      tokens: sequence.tokens, from: sequence.from, temperature: sequence.temperature,
      mask: TokenMask(ids: sequence.mask.ids, ends: sequence.mask.ends))
  }

  private static func scored(_ sequence: TokenSequence, _ scores: SequenceScores) -> Scored {
    Scored(logprobs: scores.logprobs, entropies: sequence.wantsEntropies ? scores.entropies : [])
  }

  /// Engine errors in the host's words; a stop becomes what the call says of it: cancelled or timed out.
  private static func translating<Result>(_ call: Call? = nil, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as TransformerError {
      if error.kind == .cancelled { try call?.checkStop() }
      throw Failure(error)
    }
  }
}
