internal import NetworkService
internal import PolyaKit
internal import TransformerTokenizer

extension Probe {
  private static let text = "The capital of France is"

  /// What the servers can do with the ids of the folder's tokenizer.
  ///
  /// - Throws: ``Failure`` when server and folder tokenize differently.
  func measure(_ abilities: inout Abilities, _ texts: FolderTexts) throws {
    abilities.agreeingTexts = try compareTokenizers(abilities.flavor, texts)
    let prompt = texts.tokenizer.prefix + texts.encode(Self.text)
    guard let dialect = dialect(abilities.flavor) else {
      abilities.exchangesIDs = false
      return
    }
    var query = SampleQuery(
      Prompt(id: 0, seed: 0, tokens: prompt, maxTokens: 12), model: options.model, content: .ids(prompt))
    query.ends = texts.ends
    guard let first = try samples(dialect, query)?.samples.first, let ids = first.tokens, !ids.isEmpty else {
      throw Failure(
        .unsupported,
        "\(abilities.flavor.name) at \(options.addresses[0].root) gives no token ids of its samples; use a newer version, or omit folder to exchange text"
      )
    }
    abilities.exchangesIDs = true
    try measureSeeds(&abilities, dialect, query)
    abilities.logprobs = try meaning(dialect, query)
    abilities.scores = try scores(abilities.flavor, prompt)
    abilities.addsBeginning = try beginning(abilities.flavor, dialect, texts)
  }

  private func dialect(_ flavor: Flavor) -> (any Dialect)? {
    flavor == .openAI ? nil : Dialects.ofIDs(flavor, prefix: options.addresses[0].prefix)
  }

  private func samples(_ dialect: any Dialect, _ query: SampleQuery) throws -> WireAnswer? {
    guard let json = try attempt(dialect.path, dialect.body(query)) else { return nil }
    do { return try dialect.answer(json, to: query) } catch let fault as ServiceFault {
      work.log(.debug, "the probe of \(dialect.path): \(fault)")
      return nil
    }
  }

  /// The same seed twice, and another.
  private func measureSeeds(_ abilities: inout Abilities, _ dialect: any Dialect, _ query: SampleQuery) throws
  {
    var query = query
    query.seed = 1
    let isTogether = abilities.flavor != .llamaCpp
    query.samples = isTogether ? 2 : 1
    let first = try samples(dialect, query)
    let again = try samples(dialect, query)
    query.seed = 2
    let other = try samples(dialect, query)
    let tokens = [first, again, other].map { $0?.samples.map(\.tokens) }
    let repeats = tokens[0] != nil && tokens[0] == tokens[1] && tokens[0] != tokens[2]
    abilities.seeds = repeats
    // Some servers give each sample of a request the same seed.
    abilities.samplesTogether = isTogether && repeats && tokens[0]?.first != tokens[0]?.last
  }

  /// The most likely token at two temperatures: where the cut leaves only it, log-probs of what is left are 0; where the
  /// temperature counts, they differ.
  private func meaning(_ dialect: any Dialect, _ query: SampleQuery) throws -> LogprobMeaning {
    var query = query
    (query.maxTokens, query.topK, query.seed) = (1, 1, 1)
    query.ends = []
    func logprob(_ temperature: Double) throws -> Float? {
      query.temperature = temperature
      return try samples(dialect, query)?.samples.first?.logprobs?.first
    }
    guard let one = try logprob(1), let half = try logprob(0.5) else { return .none }
    if one == 0, half == 0 { return .cut }
    return abs(one - half) < 1e-3 * max(1, abs(one)) ? .raw : .tempered
  }

  private func scores(_ flavor: Flavor, _ prompt: [Int32]) throws -> Bool {
    guard let wire = ScoreWire(flavor, prefix: options.addresses[0].prefix) else { return false }
    let sequence = TokenSequence(tokens: prompt, from: 1)
    guard let json = try attempt(wire.path, wire.body(sequence, model: options.model)) else { return false }
    do { return try wire.logprobs(json, of: sequence).allSatisfy(\.isFinite) } catch let fault as ServiceFault
    {
      work.log(.debug, "the probe of scores: \(fault)")
      return false
    }
  }

  /// Whether a text gets more tokens than it has. Prompts are sent as ids, which servers leave as they are.
  private func beginning(_ flavor: Flavor, _ dialect: any Dialect, _ texts: FolderTexts) throws -> Bool? {
    guard flavor == .vLLM else { return nil }
    let ids = texts.encode(Self.text)
    let body: JSON = .object([
      ("model", .string(options.model)), ("prompt", .string(Self.text)), ("max_tokens", .number(1)),
      ("return_token_ids", .bool(true)),
    ])
    guard let given = try attempt(dialect.path, body)?["choices"]?.array?.first?["prompt_token_ids"]?.ids
    else {
      return nil
    }
    return given != ids
  }

  /// How many of ten hard texts have the same ids here and there; nil if the server cannot be asked.
  private func compareTokenizers(_ flavor: Flavor, _ texts: FolderTexts) throws -> Int? {
    var agreeing = 0
    for text in Self.hardTexts {
      let body: JSON
      switch flavor {
      case .openAI: return nil
      case .vLLM, .sgLang:
        body = .object([
          ("model", .string(options.model)), ("prompt", .string(text)), ("add_special_tokens", .bool(false)),
        ])
      case .llamaCpp:
        body = .object([
          ("content", .string(text)), ("add_special", .bool(false)), ("parse_special", .bool(true)),
        ])
      }
      guard let theirs = try attempt("/tokenize", body)?["tokens"]?.ids else { return nil }
      let ours = texts.encode(text)
      guard ours == theirs else {
        throw Failure(
          .badOption,
          "the server's tokenizer is not the one in folder: \(JSON.quoted(text)) is \(theirs.prefix(8)) there and \(ours.prefix(8)) here; give the folder of the model '\(options.model)'"
        )
      }
      agreeing += 1
    }
    return agreeing
  }

  private static let hardTexts = [
    "Hello, world!", "  two  spaces and\ttabs\n\n\nlines ", "1234567890 3.14159 1,000,000",
    "naïve café Ünïcödé ß", "日本語と中文和한국어", "🙂👩‍👩‍👧‍👦🏳️‍🌈", "don't can't I'll we've",
    "def f(x):\n    return x**2  # square\n", "\\frac{a}{b} = \\sqrt{2} \\cdot x_1^{2}",
    "e\u{301}\u{200b}\u{a0}\r\nend",
  ]
}
