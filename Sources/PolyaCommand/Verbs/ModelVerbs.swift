internal import PolyaCore
internal import PolyaHost

/// The model that commands use when none is named.
private let defaultModel = "polya.transformer"

enum ModelInfoVerb: Verb {
  static let name = "model info"
  static let usage = "[--use ID|FILE] [--option key=value]…"
  static let summary = "Print sizes, special tokens and features of a model as JSON."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    _ = arguments.flag("--json")
    let reference = try environment.reference(&arguments, default: defaultModel)
    let host = try environment.host(&arguments)
    try arguments.finish()
    Console.out(try host.model(reference).info.json.pretty)
  }
}

enum ModelTokenizeVerb: Verb {
  static let name = "model tokenize"
  static let usage = "[--tokenizer FILE] [--use ID|FILE] [--option key=value]… < rows.jsonl"
  static let summary = "Turn texts into token ids: rows of {text} in, {ids} out."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    _ = arguments.flag("--json")
    var reference = try environment.reference(&arguments, default: defaultModel)
    if let file = try arguments.value("--tokenizer") { reference.options["tokenizer"] = .string(file) }
    let host = try environment.host(&arguments)
    try arguments.finish()
    let model = try host.model(reference)
    let texts = try Console.rows().map { try ModelRow($0).text() }
    for ids in try model.encode(texts) { Console.out(["ids": .array(ids.map { JSON($0) })]) }
  }
}

enum ModelScoreVerb: Verb {
  static let name = "model score"
  static let usage = "[--use ID|FILE] [--option key=value]… [--temperature T] < rows.jsonl"
  static let summary =
    "Log-probs of texts: rows of {text} or {ids} in, {ids, logprobs} out; the first token has none (null)."

  private static let batch = 64

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    _ = arguments.flag("--json")
    let reference = try environment.reference(&arguments, default: defaultModel)
    let temperature = try arguments.real("--temperature") ?? 1
    let host = try environment.host(&arguments)
    try arguments.finish()
    let model = try host.model(reference)
    let sequences = try Console.rows().map { row in
      TokenSequence(tokens: try ModelRow(row).tokens(for: model), from: 1, temperature: temperature)
    }
    if let place = sequences.firstIndex(where: { $0.tokens.count < 2 }) {
      throw PolyaError(
        .configuration, "has fewer than two tokens: nothing to score", at: "stdin, row \(place + 1)")
    }
    for start in stride(from: 0, to: sequences.count, by: batch) {
      let part = Array(sequences[start..<min(start + batch, sequences.count)])
      for (sequence, scored) in zip(part, try model.score(part)) {
        Console.out([
          "ids": .array(sequence.tokens.map { JSON($0) }),
          "logprobs": .array([.null] + scored.logprobs.map { JSON(Double($0)) }),
        ])
      }
    }
  }
}

enum ModelGenerateVerb: Verb {
  static let name = "model generate"
  static let usage =
    "[--use ID|FILE] [--option key=value]… [--samples N] [--max-tokens N] [--temperature T] [--top-k K] [--top-p P] "
    + "[--min-p P] [--stop TEXT]… [--seed N] < rows.jsonl"
  static let summary =
    "Continue prompts: rows of {text} or {ids} in, {row, sample, text, ids, logprobs, finish} out."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    _ = arguments.flag("--json")
    let reference = try environment.reference(&arguments, default: defaultModel)
    let samples = try arguments.integer("--samples") ?? 1
    let sampling = Sampling(
      maxTokens: try arguments.integer("--max-tokens") ?? 128,
      temperature: try arguments.real("--temperature") ?? 1,
      topK: try arguments.integer("--top-k", atLeast: 0) ?? 0, topP: try arguments.real("--top-p") ?? 1,
      minP: try arguments.real("--min-p") ?? 0, stop: try arguments.values("--stop"))
    let random = Randomness(seed: UInt64(try arguments.integer("--seed", atLeast: 0) ?? 0))
    let host = try environment.host(&arguments)
    try arguments.finish()
    let model = try host.model(reference)
    let requests = try Console.rows().enumerated().map { number, row in
      GenerationRequest(
        id: UInt64(number), seed: random.stream(UInt64(number)).key,
        tokens: try ModelRow(row).tokens(for: model),
        samples: samples, sampling: sampling)
    }
    for (row, completions) in try model.generate(requests).enumerated() {
      for (sample, completion) in completions.enumerated() {
        Console.out([
          "row": JSON(row), "sample": JSON(sample),
          "text": .string(String(decoding: completion.text, as: UTF8.self)),
          "ids": .array(completion.tokens.map { JSON($0) }),
          "logprobs": .array(completion.logprobs.map { JSON(Double($0)) }),
          "finish": .string(completion.finish.rawValue),
        ])
      }
    }
  }
}

/// {"text"} or {"ids"}.
private struct ModelRow {
  private let json: JSON

  init(_ json: JSON) { self.json = json }

  func text() throws -> String {
    guard let text = json["text"]?.string else {
      throw PolyaError(.configuration, "a row has no 'text': \(json.shown)", at: "stdin")
    }
    return text
  }

  func tokens(for model: any LanguageModel) throws -> [Int32] {
    guard let ids = json["ids"]?.array else { return try model.encode([try text()])[0] }
    let tokens = ids.compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
    let limit = Int32(model.info.vocabularySize ?? Int(Int32.max))
    guard tokens.count == ids.count, tokens.allSatisfy({ (0..<limit).contains($0) }) else {
      throw PolyaError(.configuration, "'ids' must be token ids below \(limit): \(json.shown)", at: "stdin")
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
      "bos": optional(bos), "eos": optional(eos), "pad": optional(pad), "trains": .bool(trains),
      "chats": .bool(chats),
      "one_forward": .bool(sharesForward),
    ]
  }
}
