public import PolyaCore
public import PolyaRecords

/// Lets a model solve tasks in many ways, and asks what its solutions are worth.
public struct Bootstrapping {
  /// A strategy plugin of the manifest.
  private let strategies: [any Strategy]
  private let model: any LanguageModel
  private let origin: String
  private let samples: Int
  private let sampling: Sampling
  private let verifier: any Reward
  private let adherence: (any Reward)?
  private let exemplars: [String: [Exemplar]]
  private let random: Randomness

  /// A strategy that has not answered after so many turns has failed.
  private static let maximumTurns = 64

  /// - Parameters:
  ///   - origin: what lineage calls the model.
  ///   - samples: per (task, heuristic).
  ///   - sampling: the pipeline's numbers; a strategy's move may override length, temperature and stops.
  ///   - adherence: judges how well an answer follows its heuristic, which it gets as reference.
  ///   - exemplars: by heuristic, from the task source.
  public init(
    model: any LanguageModel, origin: String, strategies: [any Strategy], samples: Int, sampling: Sampling,
    verifier: any Reward, adherence: (any Reward)?, exemplars: [String: [Exemplar]], random: Randomness
  ) {
    self.model = model
    self.origin = origin
    self.strategies = strategies
    self.samples = samples
    self.sampling = sampling
    self.verifier = verifier
    self.adherence = adherence
    self.exemplars = exemplars
    self.random = random
  }

  /// Candidates per task.
  public var candidatesPerTask: Int { strategies.reduce(0) { $0 + $1.heuristics.count } * samples }

  /// All candidates of some tasks: task by task, heuristic by heuristic, sample by sample.
  public func candidates(for tasks: [Task], id: (Int) -> String) throws -> [CandidateRecord] {
    var conversations = tasks.flatMap { task in
      strategies.flatMap { strategy in
        strategy.heuristics.flatMap { heuristic in
          (0..<samples).map { sample in
            Conversation(
              task: task, strategy: strategy, heuristic: heuristic.id, sample: sample,
              exemplars: exemplars[heuristic.id] ?? [],
              random: random.stream(task.key).stream(strategy.id).stream(heuristic.id))
          }
        }
      }
    }
    for turn in 0..<Self.maximumTurns {
      let open = conversations.indices.filter { conversations[$0].end == nil }
      guard !open.isEmpty else { break }
      try move(&conversations, open, turn: turn)
      try ask(&conversations, open, turn: turn)
    }
    for index in conversations.indices where conversations[index].end == nil {
      conversations[index].end = .failed("no answer after \(Self.maximumTurns) turns")
    }
    return try judge(conversations, id: id)
  }

  /// Asks each strategy for the next move of its open conversations.
  private func move(_ conversations: inout [Conversation], _ open: [Int], turn: Int) throws {
    for strategy in strategies {
      let mine = open.filter { conversations[$0].strategy === strategy }
      let moves = try strategy.next(mine.map { conversations[$0].turn(turn, id: $0) }, seed: random.key)
      for (index, move) in zip(mine, moves) {
        switch move {
        case .failure(let error): conversations[index].end = .failed(error.message)
        case .success(.giveUp): conversations[index].end = .failed("the strategy gave up")
        case .success(.answer(let answer)): conversations[index].end = .answered(answer)
        case .success(.ask(let ask)): conversations[index].pending = ask
        }
      }
    }
  }

  /// Samples replies. Samples of one (task, heuristic) whose transcripts are still equal share one request, so that
  /// their prompt is computed once.
  private func ask(_ conversations: inout [Conversation], _ open: [Int], turn: Int) throws {
    let asking = open.filter { conversations[$0].pending != nil && conversations[$0].end == nil }
    let groups = turn == 0 ? Self.runs(asking, conversations) : asking.map { [$0] }
    let chats = groups.map {
      conversations[$0[0]].transcript + (conversations[$0[0]].pending?.messages ?? [])
    }
    let prompts = try model.promptTokens(for: chats)
    let fitting = zip(groups, zip(chats, prompts)).filter { group, chat in
      guard let why = model.info.refusal(ofPrompt: chat.1.count) else { return true }
      for index in group { conversations[index].end = .failed(why) }
      return false
    }
    let requests = fitting.map { group, chat in
      let conversation = conversations[group[0]]
      let seed = conversation.random.stream(UInt64(turn)).stream(turn == 0 ? 0 : UInt64(conversation.sample))
        .key
      return GenerationRequest(
        id: UInt64(group[0]), seed: seed, tokens: chat.1, samples: group.count,
        sampling: sampling(for: conversation.pending))
    }
    for ((group, chat), (request, completions)) in zip(fitting, zip(requests, try model.generate(requests))) {
      for (index, completion) in zip(group, completions) {
        conversations[index].hear(completion, after: chat.0, seed: request.seed)
      }
    }
  }

  /// Neighbours that differ only in their sample number.
  private static func runs(_ indices: [Int], _ conversations: [Conversation]) -> [[Int]] {
    var groups: [[Int]] = []
    for index in indices {
      if let last = groups.last?.last, conversations[last].isSibling(of: conversations[index]) {
        groups[groups.count - 1].append(index)
      } else {
        groups.append([index])
      }
    }
    return groups
  }

  private func sampling(for ask: StrategyMove.Ask?) -> Sampling {
    var sampling = sampling
    guard let ask else { return sampling }
    sampling.maxTokens = ask.maxTokens ?? sampling.maxTokens
    sampling.temperature = ask.temperature ?? sampling.temperature
    sampling.stop += ask.stop
    return sampling
  }

  private func judge(_ conversations: [Conversation], id: (Int) -> String) throws -> [CandidateRecord] {
    let answered = conversations.indices.filter { conversations[$0].answer != nil }
    let answers = answered.map { conversations[$0].judgedAnswer(id: $0) }
    let verdicts = try verifier.score(answers, seed: random.key)
    var followed: [Int: Double] = [:]
    if let adherence {
      let right = zip(answered, verdicts).filter { $1.isRight(in: verifier.range) }.map(\.0)
      let asked = right.map { index in
        var answer = conversations[index].judgedAnswer(id: index)
        answer.reference = Answer.Reference(text: conversations[index].heuristic, kind: "heuristic")
        return answer
      }
      for (index, verdict) in zip(right, try adherence.score(asked, seed: random.key)) {
        followed[index] = verdict.score.map { adherence.range.fraction(of: $0) }
      }
    }
    let byIndex = Dictionary(zip(answered, verdicts)) { first, _ in first }
    return conversations.indices.map { index in
      conversations[index].record(
        id: id(index), verdict: byIndex[index], range: verifier.range, adherence: followed[index],
        model: origin)
    }
  }
}

extension Verdict {
  /// Whether a score counts as right: in the upper half of the verifier's range.
  func isRight(in range: ClosedRange<Double>) -> Bool { score.map { range.fraction(of: $0) > 0.5 } ?? false }
}

extension ClosedRange<Double> {
  /// Where a value stands between the bounds, 0...1.
  func fraction(of value: Double) -> Double { (value - lowerBound) / (upperBound - lowerBound) }
}
