internal import PolyaCore
internal import PolyaHost

/// The model that commands use when none is named.
private let defaultModel = "polya.transformer"

enum ModelInfoVerb: Verb {
  static let name = "model info"
  static let summary = "Print sizes, special tokens and features of a model as JSON."
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
  static let summary = "Turn texts into token ids: rows of {text} in, {ids} out."
  static let operands = "< rows.jsonl"
  private static let tokenizer = Option<String?>(
    "--tokenizer", "FILE", "a tokenizer.json, for a model without one")
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
  static let summary = "Log-probabilities of texts: rows of {text} or {ids} in, {ids, logprobs} out."
  static let operands = "< rows.jsonl"
  static let details = "  The first token has no log-probability (null)."
  private static let temperature = Option<Double>(
    "--temperature", "T", "what the logits are divided by", default: 1)
  static let options: [any DeclaredOption] = [temperature] + CommonOptions.plugin

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let reference = try environment.reference(&arguments, default: defaultModel)
    let temperature = try arguments.read(temperature)
    let host = try environment.host(&arguments)
    try arguments.finish()
    let model = try host.model(reference)
    var input = InputBatches(stop: environment.stop, limits: .init(rows: 64, bytes: 1 << 20))
    let read = { (row: JSON, place: String) in
      let tokens = try ModelRow(row, at: place).tokens(for: model)
      guard tokens.count > 1 else {
        throw PolyaError(.configuration, "has fewer than two tokens: nothing to score", at: place)
      }
      return TokenSequence(tokens: tokens, from: 1, temperature: temperature)
    }
    while let sequences = try input.next(read) {
      try Console.out(
        zip(sequences, try model.score(sequences)).map { sequence, scored in
          [
            "ids": .array(sequence.tokens.map { JSON($0) }),
            "logprobs": .array([.null] + scored.logprobs.map { JSON(Double($0)) }),
          ]
        })
    }
  }
}

enum ModelGenerateVerb: Verb {
  static let name = "model generate"
  static let summary = "Continue prompts: rows of {text} or {ids} in, one row for each sample out."
  static let operands = "< rows.jsonl"
  static let details = """
      A row of output: {"row", "sample", "text", "ids", "logprobs", "finish"}; "row" counts the rows of input from 0.
    """
  private static let samples = Option("--samples", "N", "samples of each prompt", default: 1)
  private static let maxTokens = Option("--max-tokens", "N", "the longest sample, in tokens", default: 128)
  private static let temperature = Option("--temperature", "T", "0: the likeliest token always", default: 1.0)
  private static let topK = Option(
    "--top-k", "K", "sample among the K likeliest tokens; 0: all", default: 0, in: Integers(least: 0))
  private static let topP = Option(
    "--top-p", "P", "sample among the likeliest tokens that have this probability together", default: 1.0)
  private static let minP = Option(
    "--min-p", "P", "sample among tokens that have this share of the likeliest one's probability",
    default: 0.0)
  private static let stop = Option<[String]>("--stop", "TEXT", "end a sample where this text ends it")
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
    while let prompts = try input.next({ try ModelRow($0, at: $1).tokens(for: model) }) {
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

/// {"text"} or {"ids"}.
private struct ModelRow {
  private let json: JSON
  private let place: String

  init(_ json: JSON, at place: String) { (self.json, self.place) = (json, place) }

  func text() throws -> String {
    guard let text = json["text"]?.string else {
      throw PolyaError(.configuration, "the row has no 'text': \(json.shown)", at: place)
    }
    return text
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
  var json: JSON {
    func optional<T: BinaryInteger>(_ value: T?) -> JSON { value.map { JSON($0) } ?? .null }
    return [
      "name": .string(name), "family": .string(family), "device": .string(device), "dtype": .string(dtype),
      "parameters": JSON(parameters), "vocabulary": optional(vocabularySize),
      "context": optional(contextLength),
      "bos": optional(bos), "eos": optional(eos), "trains": .bool(trains), "chats": .bool(chats),
      "one_forward": .bool(sharesForward),
      "tokenizer": tokenizerHash.map { hash in
        .string(hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
      } ?? .null,
    ]
  }
}
