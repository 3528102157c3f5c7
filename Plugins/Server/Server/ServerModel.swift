public import PolyaKit
internal import TransformerFiles
internal import TransformerTexts

/// A model that samples on servers.
public final class ServerModel: ChatModel, LoadableModel {
  /// Manifests ask for it by this name.
  public static let id = "polya.server"
  /// One line for lists.
  public static let title = "Language models on servers"
  /// What it does and when to use it.
  public static let summary =
    "Samples on vLLM, SGLang, llama.cpp, or any OpenAI-compatible server, with many requests at once; for models that are too large or too slow to run here."
  /// Markdown for `polya plugin help`.
  public static let guide = """
    Give `folder` with the model's tokenizer, so that prompts and samples are token ids; without it, only text is exchanged,
    every byte counts as a token, and there are no log-probs.

    When a model is created, the servers are asked what they can do; `polya doctor --verbose` shows the answer. Log-probs of
    samples are given where they are those of softmax(logits / temperature): from vLLM at temperature 1 and 0.
    """
  /// What a manifest may set.
  public static var options: [Option] { ServerOptions.declared }
  /// Samples of a batch depend on what else a server computes, so that the last bits may differ.
  public static let traits: Traits = [.network, .nondeterministic]

  private let connection: Connection
  let texts: any ServerTexts
  private let abilities: Abilities
  /// nil after weights were loaded, since answers are kept by request alone.
  private var cache: AnswerCache?
  private let contextLength: Int?
  private var account: Account

  /// Asks the servers what they can do.
  public convenience init(options: OptionValues, call: Call) throws { try self.init(options, Work(call)) }

  init(_ options: OptionValues, _ work: Work) throws {
    let chosen = try ServerOptions(options)
    connection = try Connection(chosen)
    account = Account(chosen.prices)
    cache = try chosen.cache.map { try AnswerCache($0) }
    let folder = try chosen.folder.map { path in
      try Self.translating { try FolderTexts(path, try PromptOptions.style(options)) }
    }
    let probe = Probe(options: chosen, connection: connection, work: work)
    var abilities = try probe.identity()
    if let folder {
      try probe.measure(&abilities, folder)
      folder.exchangesIDs = abilities.exchangesIDs
      contextLength = abilities.contextLength.flatMap(Self.possible) ?? folder.contextLength
      texts = folder
    } else {
      // The servers count in tokens, not in bytes.
      contextLength = nil
      texts = ByteTexts(system: options.text("system"))
    }
    self.abilities = abilities
    work.log(.info, "'\(chosen.model)' at \(abilities.description(hasTemplate: texts.hasTemplate))")
  }

  /// nil for what no model has, though a server may state it.
  private static func possible(_ context: Int) -> Int? { (1...1 << 30).contains(context) ? context : nil }

  /// What the servers said when the model was created.
  public var info: ModelInfo {
    ModelInfo(
      name: connection.options.model, family: abilities.flavor.rawValue,
      device: abilities.description(hasTemplate: texts.hasTemplate), dtype: "unknown",
      sharesForward: false, parameters: 0, vocabularySize: texts.vocabularySize,
      contextLength: contextLength ?? -1, bos: texts.bos, eos: texts.ends.first,
      tokenizerHash: texts.tokenizerHash)
  }

  /// Whether the folder has a chat template; without a folder, the server renders conversations.
  public var hasTemplate: Bool { texts.hasTemplate }

  /// Token ids of texts; of a model without a folder, their bytes.
  public func encode(_ texts: [String], _ call: Call) throws -> [[Int32]] {
    try texts.map {
      try call.checkStop()
      return self.texts.encode($0)
    }
  }

  /// The bytes that token ids stand for.
  public func decode(_ tokens: [[Int32]], _ call: Call) throws -> [[UInt8]] {
    try tokens.map { ids in
      try call.checkStop()
      try ids.checkTokens(vocabularySize: texts.vocabularySize)
      return texts.decode(ids)
    }
  }

  /// Token ids of conversations, by the folder's chat template; without a folder, as messages that the server renders.
  public func render(_ chats: [[Message]], _ call: Call) throws -> [[Int32]] {
    try chats.map { chat in
      try call.checkStop()
      return try Self.translating { try texts.render(chat) }
    }
  }

  /// All samples of all prompts, prompt by prompt.
  public func generate(_ prompts: [Prompt], _ call: Call) throws -> [Sample] {
    try generate(prompts, Work(call))
  }

  func generate(_ prompts: [Prompt], _ work: Work) throws -> [Sample] {
    let requests = try SampleRequests(
      prompts, abilities, texts, model: connection.options.model, contextLength: contextLength,
      chatLimit: connection.options.chatLimit)
    let sampling = Sampling(requests, connection, cache, account, work)
    defer {
      account = sampling.account
      work.log(.info, account.line)
    }
    return try sampling.run()
  }

  /// Log-probs of the tail of each sequence, at temperature 1.
  public func score(_ sequences: [TokenSequence], _ call: Call) throws -> [Scored] {
    try score(sequences, Work(call))
  }

  func score(_ sequences: [TokenSequence], _ work: Work) throws -> [Scored] {
    guard !sequences.isEmpty else { return [] }
    return try Scoring(sequences, abilities, contextLength: contextLength, connection, work).run()
  }

  /// Gives each server the weights in a folder, which it must be able to read.
  public func load(from folder: String, _ call: Call) throws { try load(folder, Work(call)) }

  func load(_ folder: String, _ work: Work) throws {
    let update = try WeightUpdate(folder, abilities.flavor)
    cache = nil
    try connection.sendToEach(
      update.requests(timeout: connection.options.timeout), work, check: update.check)
  }

  private static func translating<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as TransformerError { throw Failure(error) }
  }
}
