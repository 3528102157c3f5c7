internal import NetworkService
internal import PolyaKit

/// A call's prompts as requests: one for all samples of a prompt where a server can do that with seeds, else one for each
/// sample.
struct SampleRequests {
  /// A request, and where its samples belong.
  struct Unit {
    let prompt: Int
    let query: SampleQuery
    /// The number of its first sample among those of its prompt.
    let sample: Int
    let row: Int
  }

  let prompts: [Prompt]
  let abilities: Abilities
  let texts: any ServerTexts
  let model: String
  let contextLength: Int?
  private let chatLimit: String
  private var nextPrompt = 0
  private var nextSample = 0
  private var row = 0

  init(
    _ prompts: [Prompt], _ abilities: Abilities, _ texts: any ServerTexts, model: String, contextLength: Int?,
    chatLimit: String
  ) throws {
    self.prompts = prompts
    self.abilities = abilities
    self.texts = texts
    self.model = model
    self.contextLength = contextLength
    self.chatLimit = chatLimit
    for (index, prompt) in prompts.enumerated() { try check(index, prompt) }
  }

  private func check(_ index: Int, _ prompt: Prompt) throws {
    func refuse(_ code: Failure.Code, _ what: String) -> Failure { Failure(code, "prompt \(index) \(what)") }
    guard !prompt.tokens.isEmpty else { throw refuse(.badArgument, "has no tokens; give at least one") }
    guard prompt.samples >= 0, prompt.maxTokens >= 1 else {
      throw refuse(
        .badArgument,
        "asks for \(prompt.samples) samples of \(prompt.maxTokens) tokens; give 0 or more samples of 1 token or more"
      )
    }
    guard prompt.temperature.isFinite, prompt.temperature >= 0 else {
      throw refuse(.badArgument, "has temperature \(prompt.temperature); give 0 or more")
    }
    guard prompt.topP > 0, prompt.topP <= 1, (0...1).contains(prompt.minP), prompt.topK ?? 1 >= 1 else {
      throw refuse(
        .badArgument,
        "has top_p \(prompt.topP), min_p \(prompt.minP), and top_k \(prompt.topK ?? 0); give more than 0 and at most 1, 0 to 1, and 1 or more"
      )
    }
    guard !prompt.stop.contains(where: \.isEmpty) else {
      throw refuse(.badArgument, "has an empty stop string; leave it out")
    }
    if let bad = prompt.tokens.first(where: { $0 < 0 || Int($0) >= texts.vocabularySize }) {
      throw refuse(
        .badArgument, "has the token id \(bad), which is outside the vocabulary of \(texts.vocabularySize)")
    }
    if let contextLength, prompt.tokens.count >= contextLength {
      throw refuse(
        .limit, "has \(prompt.tokens.count) tokens; the context of \(contextLength) leaves no room to answer")
    }
  }

  mutating func next() -> Unit? {
    while nextPrompt < prompts.count, nextSample >= prompts[nextPrompt].samples {
      nextPrompt += 1
      nextSample = 0
    }
    guard nextPrompt < prompts.count else { return nil }
    let prompt = prompts[nextPrompt]
    let isTogether = isTogether(prompt)
    let unit = Unit(
      prompt: nextPrompt, query: query(prompt, sample: nextSample), sample: nextSample, row: row)
    nextSample += isTogether ? prompt.samples : 1
    row += unit.query.samples
    return unit
  }

  /// The seed of a unit's first sample, whether or not it is sent.
  func seed(of unit: Unit) -> UInt64 {
    Seeds.seed(
      prompts[unit.prompt].seed, sample: unit.sample, largest: abilities.flavor.largestSeed)
  }

  /// vLLM refuses several samples of the most likely tokens in one request.
  private func isTogether(_ prompt: Prompt) -> Bool { abilities.samplesTogether && prompt.temperature > 0 }

  private func query(_ prompt: Prompt, sample: Int) -> SampleQuery {
    var query = SampleQuery(prompt, model: model, content: texts.content(prompt.tokens))
    query.chatLimit = chatLimit
    if isTogether(prompt) { query.samples = prompt.samples }
    if abilities.seeds != false {
      query.seed = Seeds.seed(prompt.seed, sample: sample, largest: abilities.flavor.largestSeed)
    }
    if let contextLength { query.maxTokens = min(query.maxTokens, contextLength - prompt.tokens.count) }
    if abilities.exchangesIDs { query.ends = texts.ends }
    return query
  }
}
