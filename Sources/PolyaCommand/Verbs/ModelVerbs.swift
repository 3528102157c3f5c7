internal import PolyaCore
internal import PolyaHost

/// The default model of the commands.
private let defaultModel = "polya.transformer"

enum ModelInfoVerb: Verb {
  static let name = "model info"
  static let summary = "Print the sizes, special tokens, and features of a model as JSON."
  static let options = CommonOptions.plugin

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let reference = try environment.reference(&arguments, default: defaultModel)
    let host = try environment.host(&arguments)
    try arguments.finish()
    let info = try host.model(reference).info.json
    if asJSON { try Console.out(info) } else { try Console.out(pretty: info) }
  }
}

enum ModelTokenizeVerb: Verb {
  static let name = "model tokenize"
  static let summary = "Convert texts to token ids: reads rows of {text}, writes {ids}."
  static let operands = "< rows.jsonl"
  private static let tokenizer = Option<String?>(
    "--tokenizer", "FILE", "the tokenizer.json to use for a model without one")
  static let options: [any DeclaredOption] = [tokenizer] + CommonOptions.plugin

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    var reference = try environment.reference(&arguments, default: defaultModel)
    if let file = try arguments.read(tokenizer) { reference.options["tokenizer"] = .string(file) }
    let host = try environment.host(&arguments)
    try arguments.finish()
    let model = try host.model(reference)
    var input = InputBatches(stop: environment.stop)
    while let texts = try input.next({ try ModelRow($0, at: $1).text() }) {
      try Console.out(try model.encode(texts).map { ids in ["ids": .array(ids.map { JSON($0) })] })
    }
  }
}

enum ModelScoreVerb: Verb {
  static let name = "model score"
  static let summary = "Compute log-probs of texts: reads rows of {text} or {ids}, writes {ids, logprobs}."
  static let operands = "< rows.jsonl"
  static let details = "  The log-prob of the first token is null, since nothing comes before it."
  private static let temperature = Option<Double>(
    "--temperature", "T", "the number that divides the logits", default: 1)
  static let options: [any DeclaredOption] = [temperature] + CommonOptions.plugin

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let reference = try environment.reference(&arguments, default: defaultModel)
    let temperature = try arguments.read(temperature)
    let host = try environment.host(&arguments)
    try arguments.finish()
    let model = try host.model(reference)
    var input = InputBatches(stop: environment.stop, limits: .init(rows: 64, bytes: 1 << 20))
    let read = { (row: JSON, place: String) in
      TokenSequence(
        tokens: try ModelRow(row, at: place).tokens(for: model), from: 1, temperature: temperature)
    }
    while let sequences = try input.next(read) {
      // A row of a single token, or of none, has nothing to score.
      let longer = sequences.filter { $0.tokens.count > 1 }
      var scores = (longer.isEmpty ? [] : try model.score(longer)).makeIterator()
      try Console.out(
        sequences.map { sequence in
          let scored = sequence.tokens.count > 1 ? scores.next()?.logprobs ?? [] : []
          return [
            "ids": .array(sequence.tokens.map { JSON($0) }),
            "logprobs": .array(
              sequence.tokens.prefix(1).map { _ in .null } + scored.map { JSON(Double($0)) }),
          ]
        })
    }
  }
}

enum ModelGenerateVerb: Verb {
  static let name = "model generate"
  static let summary =
    "Continue prompts: reads rows of {text}, {messages} or {ids}, writes one row per sample."
  static let operands = "< rows.jsonl"
  static let details = """
      "messages" is a list of {"role", "content"}, which the model's chat template renders. {"text"} is taken as it is.
      Output rows are {"row", "sample", "text", "ids", "logprobs", "finish"}; "row" is the number of the input row, from 0.
    """
  private static let samples = Option(
    "--samples", "N", "number of samples of each prompt", default: 1, in: Integers(most: 100_000))
  private static let maxTokens = Option(
    "--max-tokens", "N", "maximum number of tokens in a sample", default: 128, in: Integers(most: 1_000_000))
  private static let temperature = Option(
    "--temperature", "T", "the number that divides the logits; 0 takes the most likely token", default: 1.0)
  private static let topK = Option(
    "--top-k", "K", "draw only from the K most likely tokens; 0 draws from all", default: 0,
    in: Integers(least: 0, most: Int(Int32.max)))
  private static let topP = Option(
    "--top-p", "P", "draw only from the most likely tokens whose probabilities reach this sum", default: 1.0)
  private static let minP = Option(
    "--min-p", "P", "draw only from tokens at least this probable, as a share of the most likely one",
    default: 0.0)
  private static let stop = Option<[String]>("--stop", "TEXT", "a text that ends a sample")
  static let options: [any DeclaredOption] =
    [samples, maxTokens, temperature, topK, topP, minP, stop, CommonOptions.seed] + CommonOptions.plugin

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let reference = try environment.reference(&arguments, default: defaultModel)
    let samples = try arguments.read(samples)
    let sampling = Sampling(
      maxTokens: try arguments.read(maxTokens), temperature: try arguments.read(temperature),
      topK: try arguments.read(topK), topP: try arguments.read(topP), minP: try arguments.read(minP),
      stop: try arguments.read(stop))
    let random = Randomness(seed: UInt64(try arguments.read(CommonOptions.seed)))
    let host = try environment.host(&arguments)
    try arguments.finish()
    let model = try host.model(reference)
    var input = InputBatches(stop: environment.stop)
    var first = 0
    while let prompts = try input.next({ try ModelRow($0, at: $1).prompt(for: model) }) {
      let requests = prompts.enumerated().map { index, tokens in
        GenerationRequest(
          id: UInt64(first + index), seed: random.stream(UInt64(first + index)).key, tokens: tokens,
          samples: samples, sampling: sampling)
      }
      for (index, completions) in try model.generate(requests).enumerated() {
        try Console.out(
          completions.enumerated().map { sample, completion in
            json(completion, row: first + index, sample: sample)
          })
      }
      first = input.count
    }
  }

  private static func json(_ completion: Completion, row: Int, sample: Int) -> JSON {
    [
      "row": JSON(row), "sample": JSON(sample),
      "text": .string(String(decoding: completion.text, as: UTF8.self)),
      "ids": .array(completion.tokens.map { JSON($0) }),
      "logprobs": .array(completion.logprobs.map { JSON(Double($0)) }),
      "finish": .string(completion.finish.rawValue),
    ]
  }
}

/// An input row with {"text"}, {"ids"} or {"messages"}.
private struct ModelRow {
  private let json: JSON
  private let place: String

  init(_ json: JSON, at place: String) { (self.json, self.place) = (json, place) }

  func text() throws -> String {
    guard let text = json["text"]?.string else {
      throw PolyaError(.configuration, "the row has no 'text' string: \(json.shown)", at: place)
    }
    return text
  }

  /// The row's tokens; a conversation becomes the prompt that the assistant is to answer.
  func prompt(for model: any LanguageModel) throws -> [Int32] {
    guard json["messages"] != nil else { return try tokens(for: model) }
    let reader = try ObjectReader(json, at: place)
    let chat = try (reader.objects("messages") ?? []).map { message in
      let role = try message.required("role", message.string("role"))
      let content = try message.required("content", message.string("content"))
      try message.finish()
      return Message(role: role, content: content)
    }
    try reader.finish()
    return try model.promptTokens(for: [chat])[0]
  }

  func tokens(for model: any LanguageModel) throws -> [Int32] {
    guard let ids = json["ids"]?.array else { return try model.encode([try text()])[0] }
    let tokens = ids.compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
    let limit = Int32(model.info.vocabularySize ?? Int(Int32.max))
    guard tokens.count == ids.count, tokens.allSatisfy({ (0..<limit).contains($0) }) else {
      throw PolyaError(.configuration, "'ids' must be token ids below \(limit): \(json.shown)", at: place)
    }
    return tokens
  }
}

extension ModelInfo {
  /// One line for people, such as "tiny (llama, float32, 771456 weights) on cpu".
  var line: String {
    let facts = [
      family, dtype == "unknown" ? nil : dtype, parameters > 0 ? "\(parameters) weights" : nil,
    ].compactMap(\.self)
    return "\(name) (\(facts.joined(separator: ", "))) on \(device)"
  }

  var json: JSON {
    func optional<T: BinaryInteger>(_ value: T?) -> JSON { value.map { JSON($0) } ?? .null }
    return [
      "name": .string(name), "family": .string(family), "device": .string(device), "dtype": .string(dtype),
      "parameters": JSON(parameters), "vocabulary": optional(vocabularySize),
      "context": optional(contextLength), "layers": optional(layers),
      "bos": optional(bos), "eos": optional(eos), "trains": .bool(trains), "chats": .bool(chats),
      "one_forward": .bool(sharesForward),
      "tokenizer": tokenizerHash.map { hash in
        .string(hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
      } ?? .null,
    ]
  }
}
