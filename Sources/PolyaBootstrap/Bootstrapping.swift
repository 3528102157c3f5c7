package import PolyaCore
internal import PolyaPipeline
package import PolyaRecords

/// Lets a model solve tasks in many ways and verifies its solutions.
///
/// All attempts form one queue: everything that waits for the model goes into one batch, whatever its shard,
/// and the answers of the previous batch are verified while the model works on the next. The samples depend
/// only on seeds, never on which attempts share a batch or on how long a verdict takes.
package struct Bootstrapping {
  /// The limits and parameters of sampling.
  package struct Settings: Sendable, Equatable {
    /// The maximum number of candidates per task and heuristic.
    package var samples: Int
    /// The number of right candidates per task and heuristic after which no more are sampled; nil draws all
    /// samples.
    package var stopAfterCorrect: Int?
    /// The sampling parameters. A move of the strategy may override length, temperature, and stops.
    package var sampling: Sampling
    /// The number of sampled tokens after which no new candidates are begun; nil means no limit. For
    /// candidates of earlier runs, only the tokens of their last turns are counted.
    package var tokens: Int?

    /// Creates settings.
    package init(samples: Int, stopAfterCorrect: Int? = nil, sampling: Sampling, tokens: Int? = nil) {
      self.samples = samples
      self.stopAfterCorrect = stopAfterCorrect
      self.sampling = sampling
      self.tokens = tokens
    }
  }

  /// Tasks whose candidates are stored in one file.
  package struct Shard: Sendable {
    /// The number of the shard.
    package var number: Int
    /// The tasks of the shard.
    package var tasks: [Task]
    /// The number of its first candidate.
    package var firstNumber: Int
    /// Returns the id of a candidate's record from the candidate's number.
    package var recordID: @Sendable (Int) -> String

    /// Creates a shard.
    package init(
      number: Int, tasks: [Task], firstNumber: Int, recordID: @escaping @Sendable (Int) -> String
    ) {
      self.number = number
      self.tasks = tasks
      self.firstNumber = firstNumber
      self.recordID = recordID
    }
  }

  /// The candidates of a shard from earlier runs.
  package struct Before: Sendable {
    /// Candidates with the same samples but another verifier, which are verified again.
    package var known: [CandidateRecord]
    /// Candidates that this stage verified before an interruption, whose verdicts are kept.
    package var kept: [CandidateRecord]

    /// Creates the earlier candidates of a shard.
    package init(known: [CandidateRecord] = [], kept: [CandidateRecord] = []) {
      self.known = known
      self.kept = kept
    }

    /// Drops the kept candidates of incomplete groups, which must be judged again as a whole. Answers of
    /// earlier turns are not recorded, so such a group may lack some.
    mutating func keepWholeGroups(of size: Int) {
      let groups = Dictionary(grouping: kept, by: \.task.key)
      kept = kept.filter { record in
        let group = groups[record.task.key] ?? []
        return group.count == size || !group.contains(where: \.wasTried)
      }
    }
  }

  private let strategies: [any Strategy]
  private let model: any LanguageModel
  private let origin: String
  private let settings: Settings
  private let judge: Judge
  private let exemplars: [String: [Exemplar]]
  private let random: Randomness

  /// A new shard is begun while fewer attempts than this wait for the model.
  private static let fullBatch = 512
  /// The approximate maximum number of samples in one call of the model. It bounds the work that an
  /// interruption loses, and it is large enough that the slow end of a batch, when few rows remain, matters
  /// little.
  private static let mostSamples = 2048

  /// Creates a bootstrapping run.
  ///
  /// - Parameters:
  ///  - origin: The name of the model in lineage.
  ///  - adherence: Scores how well a right answer follows its heuristic, which is given as its reference.
  ///  - exemplars: Exemplars from the task source, by heuristic.
  package init(
    model: any LanguageModel, origin: String, strategies: [any Strategy], settings: Settings,
    verifier: any Reward, adherence: (any Reward)?, exemplars: [String: [Exemplar]], random: Randomness
  ) {
    self.model = model
    self.origin = origin
    self.strategies = strategies
    self.settings = settings
    judge = Judge(verifier: verifier, adherence: adherence, seed: random.key)
    self.exemplars = exemplars
    self.random = random
  }

  /// The maximum number of candidates per task.
  package var candidatesPerTask: Int { Self.candidatesPerTask(strategies, samples: settings.samples) }

  /// Returns the maximum number of candidates per task.
  package static func candidatesPerTask(_ strategies: [any Strategy], samples: Int) -> Int {
    strategies.reduce(0) { $0 + $1.heuristics.count } * samples
  }

  /// Solves shards and calls `finished` for each when its last candidate is verified. Its candidates are
  /// ordered by task, heuristic, and sample.
  ///
  /// - Parameters:
  ///  - next: Returns the next shard, or nil at the end.
  ///  - spent: The number of tokens in shards that are already complete.
  ///  - before: Returns the candidates of a shard from earlier runs.
  ///  - isTimeUp: Returns whether nothing new may be begun.
  ///  - keeping: Receives the finished candidates of the open shards whenever `isTimeToKeep` returns true,
  ///    and before an error is thrown.
  /// - Returns: Whether a limit was reached before everything was begun.
  package func run(
    _ next: () -> Shard?, observer: any StageObserver, spent: Int = 0,
    before: (Shard) throws -> Before = { _ in Before() }, isTimeUp: () -> Bool = { false },
    isTimeToKeep: () -> Bool = { false }, keeping: (Shard, [CandidateRecord]) throws -> Void = { _, _ in },
    finished: (Shard, [CandidateRecord]) throws -> Void
  ) throws -> Bool {
    let open = OpenUnits()
    // A stage that resumes has had its first candidates.
    if spent > 0 { open.firstYield.end() }
    func keep() throws { for unit in open.units { try keeping(unit.shard, unit.records(model: origin)) } }
    do {
      return try run(
        next, observer, spent, before, isTimeUp, open, { if isTimeToKeep() { try keep() } }, finished)
    } catch {
      try keep()
      throw error
    }
  }

  /// The shards in progress.
  private final class OpenUnits {
    var units: [Unit] = []
    var firstYield = FirstYield()
  }

  private func run(
    _ next: () -> Shard?, _ observer: any StageObserver, _ spent: Int, _ before: (Shard) throws -> Before,
    _ isTimeUp: () -> Bool, _ open: OpenUnits, _ keep: () throws -> Void,
    _ finished: (Shard, [CandidateRecord]) throws -> Void
  ) throws -> Bool {
    var tokens = spent
    var isShort = false
    while true {
      try observer.checkStop()
      let mayBegin = tokens < settings.tokens ?? .max && !isTimeUp()
      for unit in open.units where unit.isDone {
        if unit.wantsMore, mayBegin {
          unit.beginRound()
          continue
        }
        isShort = isShort || unit.wantsMore
        try finished(unit.shard, unit.records(model: origin))
        open.units.removeAll { $0 === unit }
      }
      try move(open.units)
      while mayBegin, Self.asking(open.units) < Self.fullBatch, let shard = next() {
        var before = try before(shard)
        if judge.wantsWholeGroups { before.keepWholeGroups(of: candidatesPerTask) }
        tokens += before.kept.reduce(0) { $0 + $1.tokens.count }
        if !before.kept.isEmpty { open.firstYield.end() }
        let unit = Unit(
          shard, cells: cells(shard.tasks), samples: settings.samples,
          stopAfterCorrect: settings.stopAfterCorrect,
          before: before)
        unit.beginRound()
        open.units.append(unit)
        try move([unit])
      }
      guard !open.units.isEmpty else { return isShort || next() != nil }
      tokens += try step(open, observer)
      try keep()
    }
  }

  private static func asking(_ units: [Unit]) -> Int {
    units.reduce(0) { $0 + $1.conversations.count { $0.ask != nil } }
  }

  private func cells(_ tasks: [Task]) -> [Cell] {
    tasks.flatMap { task in
      strategies.flatMap { strategy in
        strategy.heuristics.map { heuristic in
          Cell(
            task, strategy, heuristic.id, exemplars[heuristic.id] ?? [],
            random.stream(task.key).stream(strategy.id).stream(heuristic.id),
            group: random.stream(task.key).key)
        }
      }
    }
  }

  /// Gets the next move of every open conversation from its strategy.
  private func move(_ units: [Unit]) throws {
    for unit in units {
      let open = unit.conversations.indices.filter { unit.conversations[$0].isOpen }
      for strategy in strategies {
        let mine = open.filter { unit.conversations[$0].cell.strategy === strategy }
        guard !mine.isEmpty else { continue }
        let turns = mine.map { unit.conversations[$0].strategyTurn }
        for (index, move) in zip(mine, try strategy.next(turns, seed: random.key)) {
          unit.conversations[index].take(move)
        }
      }
    }
  }

  /// Samples the requested replies while the answers are verified. Returns the number of sampled tokens.
  private func step(_ open: OpenUnits, _ observer: any StageObserver) throws -> Int {
    let units = open.units
    var places: [(unit: Unit, index: Int)] = []
    var answers: [Answer] = []
    for unit in units {
      let waiting = judge.wantsWholeGroups ? unit.tasksThatAsk : []
      for (index, conversation) in unit.conversations.enumerated() {
        guard let answer = conversation.answer, !waiting.contains(conversation.cell.group) else { continue }
        places.append((unit, index))
        answers.append(answer)
      }
    }
    let heuristics = places.map { $0.unit.conversations[$0.index].cell.heuristic }
    let judge = judge
    let (judgments, tokens) = try runConcurrently {
      answers.isEmpty ? [] : try judge.judge(answers, heuristics: heuristics)
    } _: {
      try ask(units)
    }
    for (place, judgment) in zip(places, judgments) {
      place.unit.conversations[place.index].take(judgment)
      // A trial that was wrong is no candidate yet.
      let conversation = place.unit.conversations[place.index]
      guard let verdict = conversation.judgment?.verdict else { continue }
      open.firstYield.add(verdict, isTruncated: conversation.isTruncated).map(observer.warn)
    }
    return tokens
  }

  /// Samples replies and returns the number of tokens. Samples of one task and heuristic with equal
  /// transcripts share a request, so that their prompt is computed once.
  private func ask(_ units: [Unit]) throws -> Int {
    var tokens = 0
    var groups: [(unit: Unit, members: [Int])] = []
    var samples = 0
    for unit in units {
      for members in Self.groups(unit) where samples < Self.mostSamples {
        groups.append((unit, members))
        samples += members.count
      }
    }
    guard !groups.isEmpty else { return 0 }
    let chats = groups.map { unit, members in
      let first = unit.conversations[members[0]]
      return first.transcript + (first.ask?.messages ?? [])
    }
    let prompts = try model.promptTokens(for: chats)
    var requests: [(group: Int, request: GenerationRequest)] = []
    for (index, (unit, members)) in groups.enumerated() {
      if let why = model.info.refusal(ofPrompt: prompts[index].count) {
        for member in members { unit.conversations[member].fail(why) }
        continue
      }
      let first = unit.conversations[members[0]]
      let seed = first.cell.random.stream(UInt64(first.turn - 1)).stream(UInt64(first.sample)).key
      requests.append(
        (
          index,
          GenerationRequest(
            id: UInt64(first.number), seed: seed, tokens: prompts[index], samples: members.count,
            sampling: sampling(for: first.ask))
        ))
    }
    let sent = try model.text(of: requests.map(\.request.tokens))
    let replies = try model.generate(requests.map(\.request))
    for ((index, request), (prompt, completions)) in zip(requests, zip(sent, replies)) {
      let (unit, members) = groups[index]
      for (member, completion) in zip(members, completions) {
        tokens += completion.tokens.count
        unit.conversations[member].hear(completion, after: chats[index], prompt: prompt, seed: request.seed)
      }
    }
    return tokens
  }

  /// Returns the attempts that wait for the model, with adjacent ones that differ only in their sample number
  /// grouped.
  private static func groups(_ unit: Unit) -> [[Int]] {
    var groups: [[Int]] = []
    for (index, conversation) in unit.conversations.enumerated() {
      guard let ask = conversation.ask else { continue }
      if let last = groups.last?.last, conversation.transcript.isEmpty,
        unit.conversations[last].cell === conversation.cell, unit.conversations[last].transcript.isEmpty,
        unit.conversations[last].ask == ask, unit.conversations[last].turn == conversation.turn
      {
        groups[groups.count - 1].append(index)
      } else {
        groups.append([index])
      }
    }
    return groups
  }

  private func sampling(for ask: StrategyMove.Ask?) -> Sampling {
    var sampling = settings.sampling
    guard let ask else { return sampling }
    sampling.maxTokens = ask.maxTokens ?? sampling.maxTokens
    sampling.temperature = ask.temperature ?? sampling.temperature
    sampling.stop += ask.stop
    return sampling
  }
}
