package import PolyaCore

/// Holds dialogues: strategies move and a model replies, all open ones together, until each has an answer or failed.
package struct DialogueRunner {
  private let tokenizer: any LanguageModel
  private let model: any LanguageModel
  private let sampling: Sampling
  private let seed: UInt64
  private let wantsMasks: Bool

  /// Creates a runner.
  ///
  /// - Parameters:
  ///   - model: Replies.
  ///   - tokenizer: Turns conversations into tokens; by default the model itself.
  ///   - sampling: How replies are sampled; a move may override length, temperature (unless it is 0), and stops.
  ///   - seed: For the strategies.
  ///   - wantsMasks: Whether replies from a cut distribution tell their masks.
  package init(
    _ model: any LanguageModel, tokenizer: (any LanguageModel)? = nil, sampling: Sampling, seed: UInt64,
    wantsMasks: Bool = false
  ) {
    self.wantsMasks = wantsMasks
    self.model = model
    self.tokenizer = tokenizer ?? model
    self.sampling = sampling
    self.seed = seed
  }

  /// Holds dialogues to their end. Those of one task and approach should stand side by side, so that they share prompts.
  package func run(_ dialogues: inout [Dialogue]) throws {
    while true {
      try move(&dialogues)
      let asking = dialogues.indices.filter { dialogues[$0].ask != nil }
      guard !asking.isEmpty else { return }
      try reply(&dialogues, Self.groups(asking, dialogues))
    }
  }

  private func move(_ dialogues: inout [Dialogue]) throws {
    var open = dialogues.indices.filter { dialogues[$0].isOpen }
    while let first = open.first {
      let strategy = dialogues[first].approach.strategy
      let mine = open.filter { dialogues[$0].approach.strategy === strategy }
      open.removeAll { dialogues[$0].approach.strategy === strategy }
      let moves = try strategy.next(mine.map { dialogues[$0].strategyTurn }, seed: seed)
      for (index, move) in zip(mine, moves) { dialogues[index].take(move) }
    }
  }

  /// Groups neighbors that have said nothing yet and ask the same: they are samples of one request.
  private static func groups(_ asking: [Int], _ dialogues: [Dialogue]) -> [[Int]] {
    var groups: [[Int]] = []
    for index in asking {
      let dialogue = dialogues[index]
      if let last = groups.last?.last, dialogue.turns.isEmpty, dialogues[last].turns.isEmpty,
        dialogues[last].ask == dialogue.ask, dialogues[last].approach.isSame(as: dialogue.approach),
        dialogues[last].task.key == dialogue.task.key, dialogues[last].random.key == dialogue.random.key
      {
        groups[groups.count - 1].append(index)
      } else {
        groups.append([index])
      }
    }
    return groups
  }

  private func reply(_ dialogues: inout [Dialogue], _ groups: [[Int]]) throws {
    let chats = groups.map { dialogues[$0[0]].chat }
    let prompts = try tokenizer.promptTokens(for: chats)
    var requests: [(group: Int, request: GenerationRequest)] = []
    for (place, members) in groups.enumerated() {
      if let refusal = model.info.refusal(ofPrompt: prompts[place].count) {
        for member in members { dialogues[member].fail(refusal, isTooLong: true) }
        continue
      }
      let first = dialogues[members[0]]
      requests.append(
        (
          place,
          GenerationRequest(
            id: UInt64(requests.count), seed: Self.seed(of: first), tokens: prompts[place],
            samples: members.count,
            sampling: sampling(for: first.ask), wantsMask: wantsMasks)
        ))
    }
    guard !requests.isEmpty else { return }
    let texts = try tokenizer.text(of: requests.map(\.request.tokens))
    let replies = try model.generate(requests.map(\.request))
    for ((place, request), (text, completions)) in zip(requests, zip(texts, replies)) {
      for (sample, (member, completion)) in zip(groups[place], completions).enumerated() {
        dialogues[member].hear(
          Dialogue.Turn(
            chat: chats[place], prompt: request.tokens, text: text, completion: completion,
            temperature: request.sampling.temperature, seed: request.seed, sample: sample))
      }
    }
  }

  /// The first request of dialogues that share their randomness has its key, the others have their own.
  private static func seed(of dialogue: Dialogue) -> UInt64 {
    if dialogue.turns.isEmpty, dialogue.id == 0 { return dialogue.random.key }
    return dialogue.random.stream(UInt64(dialogue.turns.count)).stream(dialogue.id).key
  }

  private func sampling(for ask: StrategyMove.Ask?) -> Sampling {
    var sampling = sampling
    guard let ask else { return sampling }
    sampling.maxTokens = ask.maxTokens ?? sampling.maxTokens
    // The most likely answer stays that, however a strategy would sample.
    if sampling.temperature > 0 { sampling.temperature = ask.temperature ?? sampling.temperature }
    sampling.stop += ask.stop
    return sampling
  }
}
