internal import PolyaCore
internal import PolyaDialogue

extension Reinforcement {
  /// Samples the groups of one step and computes their advantages.
  func sample(_ step: Int, _ tasks: [Task]) throws -> [Rollout] {
    var rollouts: [Rollout] = []
    var groups = 0
    for round in 0...settings.filters.extraRounds {
      let wanted = settings.promptsPerStep - Self.mixedGroups(rollouts)
      guard wanted > 0 else { break }
      var more = try collect(step, groups..<groups + wanted, tasks)
      try judge(&more, step, round)
      groups += wanted
      progress.asked += wanted
      rollouts += more
      assign(&rollouts, step)
    }
    return rollouts
  }

  /// Returns the number of groups that teach something.
  static func mixedGroups(_ rollouts: [Rollout]) -> Int {
    Set(rollouts.filter { ($0.advantage ?? 0) != 0 }.map(\.group)).count
  }

  /// Holds the dialogues of some groups of a step.
  private func collect(_ step: Int, _ slots: Range<Int>, _ tasks: [Task]) throws -> [Rollout] {
    var dialogues = dialogues(step, slots, tasks)
    let source = sampler?.model ?? model
    let seed = random.stream("strategies").stream(UInt64(step)).key
    try DialogueRunner(source, tokenizer: model, sampling: settings.sampling, seed: seed).run(&dialogues)
    var parts = try TrainedParts(dialogues, model, settings.trainsOnQuestion ? template : nil)
    var rollouts: [Rollout] = []
    for (index, dialogue) in dialogues.enumerated() {
      guard dialogue.turns.allSatisfy({ $0.completion.logprobs.count == $0.completion.tokens.count }) else {
        throw PolyaError(
          .plugin,
          "the model '\(source.info.name)' provides no log-probs of its samples, which reinforcement learning needs",
          hint: "use a model that provides them")
      }
      // A sample that was cancelled before its first token has nothing to learn from.
      guard dialogue.turns.contains(where: { !$0.completion.tokens.isEmpty }) else { continue }
      rollouts.append(
        Rollout(
          task: dialogue.task, group: slots.lowerBound + index / settings.groupSize,
          sample: index % settings.groupSize, dialogue: dialogue, parts: parts.of(dialogue)))
    }
    if rollouts.isEmpty, let why = dialogues.first?.failure {
      throw PolyaError(.run, "no dialogue of step \(step) has a reply; the first one: \(why)")
    }
    return rollouts
  }

  /// Returns the dialogues of a step's groups, in which nothing was said yet.
  private func dialogues(_ step: Int, _ slots: Range<Int>, _ tasks: [Task]) -> [Dialogue] {
    slots.enumerated().flatMap { offset, slot in
      let position = progress.asked + offset
      let order = random.stream("order").stream(UInt64(position / tasks.count)).permutation(tasks.count)
      let task = tasks[order[position % tasks.count]]
      let own = random.stream("rollouts").stream(UInt64(step)).stream(UInt64(slot))
      let chosen = approaches.divided(among: settings.groupSize, random: own.stream("approaches"))
      return chosen.enumerated().map { Dialogue(task, $1, id: UInt64($0), random: own) }
    }
  }
}

/// Makes the sequences of dialogues that are trained on.
private struct TrainedParts {
  /// The prompts of the bare questions, by task; nil if tokens are trained on after the prompts that they were sampled after.
  private let questions: [String: [Int32]]?
  /// The number of each prompt, by which sequences share it.
  private var numbers: [[Int32]: UInt64] = [:]

  /// - Parameter template: The frame of the bare question, if answers are trained on after it.
  init(_ dialogues: [Dialogue], _ model: any LanguageModel, _ template: PromptTemplate?) throws {
    guard let template else {
      questions = nil
      return
    }
    var tasks: [Task] = []
    for dialogue in dialogues where tasks.last?.key != dialogue.task.key { tasks.append(dialogue.task) }
    let prompts = try model.promptTokens(for: tasks.map { template.chat(for: $0.question) })
    questions = Dictionary(zip(tasks.map(\.key), prompts)) { first, _ in first }
  }

  mutating func of(_ dialogue: Dialogue) -> [Rollout.Part] {
    let turns =
      questions == nil ? dialogue.turns : dialogue.answerIsReply ? dialogue.turns.suffix(1) : []
    return turns.filter { !$0.completion.tokens.isEmpty }.map { turn in
      let prompt = questions?[dialogue.task.key] ?? turn.prompt
      let number = numbers[prompt] ?? UInt64(numbers.count + 1)
      numbers[prompt] = number
      return Rollout.Part(
        sequence: TokenSequence(
          tokens: prompt + turn.completion.tokens, from: prompt.count, group: number,
          temperature: turn.temperature),
        logprobs: turn.completion.logprobs)
    }
  }
}
