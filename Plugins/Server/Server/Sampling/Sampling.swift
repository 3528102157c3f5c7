internal import NetworkService
internal import PolyaKit

/// One call for samples: requests out, each answer checked and put in its place once.
final class Sampling {
  private let connection: Connection
  private let abilities: Abilities
  private let texts: any ServerTexts
  private let cache: AnswerCache?
  private let work: Work
  private let prompts: [Prompt]
  private var requests: SampleRequests
  private var samples: [Sample?]
  /// Requests on their way, by number.
  private var open: [Int: (unit: SampleRequests.Unit, key: String?)] = [:]
  /// One that waits for the budget.
  private var held: SampleRequests.Unit?
  private var number = 0
  /// What servers call the answers of this call, each of which must differ.
  private var answerIDs: Set<String> = []
  private(set) var account: Account

  init(
    _ requests: SampleRequests, _ connection: Connection, _ cache: AnswerCache?, _ account: Account,
    _ work: Work
  ) {
    self.requests = requests
    self.connection = connection
    self.cache = cache
    self.account = account
    self.work = work
    (abilities, texts, prompts) = (requests.abilities, requests.texts, requests.prompts)
    samples = Array(repeating: nil, count: prompts.reduce(0) { $0 + $1.samples })
    self.account.beginCall()
  }

  func run() throws -> [Sample] {
    try connection.run(
      work, next: next, accept: { try self.accept($0, $1, $2) }, retried: { self.account.wasRetried() })
    let complete = samples.compactMap { $0 }
    guard complete.count == samples.count, open.isEmpty else {
      throw Failure(.internal, "\(samples.count - complete.count) of \(samples.count) samples are missing")
    }
    return complete
  }

  private func next() throws -> (Int, ServiceRequest)? {
    while true {
      try work.checkStop()
      guard let unit = held ?? requests.next() else { return nil }
      held = nil
      let dialect = dialect(unit)
      let body = Array(dialect.body(unit.query).compact.utf8)
      let key =
        cache == nil
        ? nil
        : AnswerCache.key(
          dialect.path, body, seed: unit.query.seed == nil ? requests.seed(of: unit) : nil)
      if let key, try takeCached(unit, key) { continue }
      let most = Usage(
        prompt: prompts[unit.prompt].tokens.count, completion: unit.query.samples * unit.query.maxTokens)
      switch account.begin(number, most) {
      case .no: throw account.refusal(most)
      case .later:
        held = unit
        return nil
      case .yes: break
      }
      defer { number += 1 }
      open[number] = (unit, key)
      return (number, ServiceRequest(dialect.path, body: body, timeout: connection.options.timeout))
    }
  }

  private func dialect(_ unit: SampleRequests.Unit) -> any Dialect {
    Dialects.of(unit.query.content, abilities.flavor, prefix: connection.options.addresses[0].prefix)
  }

  private func takeCached(_ unit: SampleRequests.Unit, _ key: String) throws -> Bool {
    guard let cache, let body = cache.answer(key, log: { work.log(.warning, $0) }) else { return false }
    do {
      try place(try dialect(unit).answer(try JSON(parsing: body), to: unit.query), unit)
      account.wasCached()
      return true
    } catch let fault as ServiceFault {
      work.log(.warning, "\(cache.path(key)): \(fault); the request is sent again")
    } catch let error as JSON.SyntaxError {
      work.log(.warning, "\(cache.path(key)) \(error); the request is sent again")
    }
    return false
  }

  private func accept(_ number: Int, _ json: JSON, _ body: [UInt8]) throws {
    guard let (unit, key) = open[number] else {
      throw Failure(.internal, "an answer came to request \(number), which is not on its way")
    }
    let answer = try dialect(unit).answer(json, to: unit.query)
    if let id = answer.id, answerIDs.contains(id) {
      throw ServiceFault("the answer has the id of an earlier one, \(JSON.quoted(id))")
    }
    try place(answer, unit)
    if let id = answer.id { answerIDs.insert(id) }
    open[number] = nil
    let counted = Usage(
      prompt: prompts[unit.prompt].tokens.count,
      completion: samples[unit.row..<unit.row + unit.query.samples].reduce(0) { $0 + ($1?.tokens.count ?? 0) }
    )
    account.end(number, answer.usage ?? counted)
    if let key, let cache { try cache.keep(body, of: key) }
  }

  /// - Throws: ``ServiceFault`` for an answer that cannot be one to this request; then nothing is placed.
  private func place(_ answer: WireAnswer, _ unit: SampleRequests.Unit) throws {
    let prompt = prompts[unit.prompt]
    if let given = answer.promptTokens, case .ids(let sent) = unit.query.content, given != sent {
      throw ServiceFault("the answer belongs to another prompt")
    }
    let placed = try answer.samples.map { try sample($0, prompt, unit.query) }
    for (index, sample) in placed.enumerated() { samples[unit.row + index] = sample }
  }

  private func sample(_ wire: WireSample, _ prompt: Prompt, _ query: SampleQuery) throws -> Sample {
    if abilities.exchangesIDs {
      guard let ids = wire.tokens else { throw ServiceFault("a sample has no token ids") }
      guard ids.count <= query.maxTokens else {
        throw ServiceFault("a sample has \(ids.count) tokens, more than the \(query.maxTokens) asked for")
      }
      if let wild = ids.first(where: { Int($0) >= texts.vocabularySize }) {
        throw ServiceFault("a sample has the token id \(wild), outside the vocabulary")
      }
    }
    var sample = texts.sample(wire, prompt.stop)
    guard abilities.logprobs.fits(prompt), !wire.givesSomeLogprobs else { return sample }
    guard let logprobs = wire.logprobs, logprobs.count == sample.tokens.count,
      logprobs.allSatisfy({ $0.isFinite && $0 <= 1e-2 })
    else { throw ServiceFault("a sample does not have one log-prob per token") }
    // A probability that was rounded up is no more than 1.
    sample.logprobs = logprobs.map { min($0, 0) }
    return sample
  }
}
