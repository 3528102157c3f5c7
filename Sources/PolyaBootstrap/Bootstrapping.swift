package import PolyaCore
package import PolyaRecords

/// Lets a model solve tasks in many ways, and asks what its solutions are worth.
///
/// All attempts form one queue: whatever waits for the model goes into one batch, whatever shard it belongs to, and the
/// answers of the last batch are judged while the model works on the next. What is sampled depends on numbers alone,
/// never on which attempts share a batch or how long a judgment takes.
package struct Bootstrapping {
  /// How much is sampled.
  package struct Settings: Sendable, Equatable {
    /// At most so many per (task, heuristic).
    package var samples: Int
    /// A (task, heuristic) with so many verified candidates needs no more; nil: all samples are drawn.
    package var stopAfterCorrect: Int?
    /// The pipeline's numbers; a strategy's move may override length, temperature and stops.
    package var sampling: Sampling
    /// Nothing new is begun once so many tokens are sampled, those of last turns where earlier runs did; nil: no bound.
    package var tokens: Int?

    /// How much is sampled.
    package init(samples: Int, stopAfterCorrect: Int? = nil, sampling: Sampling, tokens: Int? = nil) {
      self.samples = samples
      self.stopAfterCorrect = stopAfterCorrect
      self.sampling = sampling
      self.tokens = tokens
    }
  }

  /// Some tasks whose candidates are stored together.
  package struct Shard: Sendable {
    /// Number of the shard.
    package var number: Int
    /// The tasks.
    package var tasks: [Task]
    /// Number of the first candidate.
    package var firstNumber: Int
    /// Id of a candidate's record by its number.
    package var recordID: @Sendable (Int) -> String

    /// Some tasks.
    package init(
      number: Int, tasks: [Task], firstNumber: Int, recordID: @escaping @Sendable (Int) -> String
    ) {
      self.number = number
      self.tasks = tasks
      self.firstNumber = firstNumber
      self.recordID = recordID
    }
  }

  /// What earlier runs left of a shard.
  package struct Before: Sendable {
    /// Sampled in the same way under another verifier; judged anew.
    package var known: [CandidateRecord]
    /// Judged by this very stage before it was interrupted; they stand.
    package var kept: [CandidateRecord]

    /// What earlier runs left.
    package init(known: [CandidateRecord] = [], kept: [CandidateRecord] = []) {
      self.known = known
      self.kept = kept
    }

    /// Forgets what was kept of groups that may be without some of their answers: those that were answers of earlier
    /// turns are not recorded, and a group is judged as a whole or not at all.
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

  /// Another shard is begun while fewer attempts wait for the model.
  private static let fullBatch = 512
  /// So many samples, about, go to the model at once: an interruption costs no more, and the few rows at the end of a
  /// batch, which keep the model from being full, are few of many.
  private static let mostSamples = 2048

  /// - Parameters:
  ///   - origin: what lineage calls the model.
  ///   - adherence: judges how well a right answer follows its heuristic, which it gets as reference.
  ///   - exemplars: by heuristic, from the task source.
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

  /// At most so many candidates per task.
  package var candidatesPerTask: Int {
    strategies.reduce(0) { $0 + $1.heuristics.count } * settings.samples
  }

  /// Solves the shards, and hands each over when its last candidate is judged: task by task, heuristic by heuristic,
  /// sample by sample.
  ///
  /// - Parameters:
  ///   - next: the shards, in order.
  ///   - spent: tokens of shards that are done already.
  ///   - before: what earlier runs left of a shard.
  ///   - isTimeUp: whether nothing new is to be begun.
  ///   - keeping: gets what is judged of the open shards when `isTimeToKeep`, and before an error is thrown.
  /// - Returns: whether a bound was reached before everything was begun.
  package func run(
    _ next: () -> Shard?, observer: any StageObserver, spent: Int = 0,
    before: (Shard) throws -> Before = { _ in Before() }, isTimeUp: () -> Bool = { false },
    isTimeToKeep: () -> Bool = { false }, keeping: (Shard, [CandidateRecord]) throws -> Void = { _, _ in },
    finished: (Shard, [CandidateRecord]) throws -> Void
  ) throws -> Bool {
    let open = OpenUnits()
    func keep() throws { for unit in open.units { try keeping(unit.shard, unit.records(model: origin)) } }
    do {
      return try run(
        next, observer, spent, before, isTimeUp, open, { if isTimeToKeep() { try keep() } }, finished)
    } catch {
      try keep()
      throw error
    }
  }

  /// The shards on their way.
  private final class OpenUnits {
    var units: [Unit] = []
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
        let unit = Unit(
          shard, cells: cells(shard.tasks), samples: settings.samples,
          stopAfterCorrect: settings.stopAfterCorrect,
          before: before)
        unit.beginRound()
        open.units.append(unit)
        try move([unit])
      }
      guard !open.units.isEmpty else { return isShort || next() != nil }
      tokens += try step(open.units)
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

  /// Asks each strategy for the next move of its open conversations.
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

  /// Samples what is asked for while what is answered is judged; the number of tokens sampled.
  private func step(_ units: [Unit]) throws -> Int {
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
    }
    return tokens
  }

  /// Samples replies. Samples of one (task, heuristic) whose transcripts are still equal share one request, so that
  /// their prompt is computed once.
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
    for ((index, request), completions) in zip(requests, try model.generate(requests.map(\.request))) {
      let (unit, members) = groups[index]
      for (member, completion) in zip(members, completions) {
        tokens += completion.tokens.count
        unit.conversations[member].hear(completion, after: chats[index], seed: request.seed)
      }
    }
    return tokens
  }

  /// Attempts that wait for the model; neighbors that differ only in their sample number are together.
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
