internal import PolyaCore
internal import PolyaDialogue
internal import PolyaPipeline

extension Reinforcement {
  /// Samples the groups of one step and computes their advantages.
  func sample(_ step: Int, _ tasks: [Task]) throws -> [Rollout] {
    var rollouts: [Rollout] = []
    var groups = 0
    for round in 0...settings.filters.extraRounds {
      let wanted = settings.promptsPerStep - Self.mixedGroups(rollouts)
      guard wanted > 0 else { break }
      rollouts += try counted(draw(step, round, groups..<groups + wanted, tasks, asked: progress.asked), step)
      groups += wanted
      progress.asked += wanted
      assign(&rollouts, step)
    }
    return rollouts
  }

  /// Samples some groups of a step and gets their verdicts. It uses neither the progress nor the trained model if the sampler
  /// is ahead of it, so that it can run beside the learning from another step.
  ///
  /// - Parameter asked: The number of questions that were asked before.
  func draw(_ step: Int, _ round: Int, _ slots: Range<Int>, _ tasks: [Task], asked: Int) throws -> Drawn {
    var stream = random.stream("rewards").stream(UInt64(step))
    if round > 0 { stream = stream.stream(UInt64(round)) }
    let seed = stream.key
    var numbers = PromptNumbers(first: slots.lowerBound)
    var (rollouts, verdicts): ([Rollout], [[Verdict]]) = ([], rewards.map { _ in [] })
    var waiting: [Answer] = []
    var (missing, failure): (Int, String?) = (0, nil)
    for part in Self.parts(of: slots, settings.judgedParts) {
      let first = slots.lowerBound
      let collect = { [self] (numbers: inout PromptNumbers) in
        try self.collect(step, part, tasks, position: asked + part.lowerBound - first, &numbers)
      }
      let more: (rollouts: [Rollout], missing: Int, failure: String?)
      if waiting.isEmpty {
        more = try collect(&numbers)
      } else {
        let (rewards, answers) = (rewards, waiting)
        let (scored, collected) = try runConcurrently {
          try rewards.map { try $0.reward.score(answers, seed: seed) }
        } _: {
          try collect(&numbers)
        }
        for (index, found) in scored.enumerated() { verdicts[index] += found }
        more = collected
      }
      missing += more.missing
      failure = failure ?? more.failure
      waiting = more.rollouts.enumerated().compactMap { index, rollout in
        rollout.dialogue.judged(id: UInt64(rollouts.count + index), group: UInt64(rollout.group))
      }
      rollouts += more.rollouts
    }
    for (index, reward) in rewards.enumerated() {
      verdicts[index] += try reward.reward.score(waiting, seed: seed)
    }
    guard !rollouts.isEmpty else {
      throw PolyaError(
        .run, "no dialogue of step \(step) has a reply\(failure.map { "; the first one: \($0)" } ?? "")")
    }
    try judge(&rollouts, verdicts, seed: seed)
    return Drawn(
      rollouts: rollouts, missing: missing, failure: failure)
  }

  /// What was sampled, and how many dialogues ended before the first reply, with the first reason.
  struct Drawn {
    var rollouts: [Rollout]
    var missing: Int
    var failure: String?
  }

  /// Counts dialogues without any reply as rollouts without a verdict: what was asked for and is not there must not be silent.
  func counted(_ drawn: Drawn, _ step: Int) -> [Rollout] {
    progress.rollouts += drawn.missing
    progress.unscored += drawn.missing
    let before = missing[step] ?? (0, nil)
    missing[step] = (before.count + drawn.missing, before.why ?? drawn.failure)
    return drawn.rollouts
  }

  /// Divides groups into parts of nearly equal size.
  private static func parts(of slots: Range<Int>, _ wanted: Int) -> [Range<Int>] {
    let count = min(wanted, slots.count)
    return (0..<count).map { part in
      slots.lowerBound + part * slots.count / count..<slots.lowerBound + (part + 1) * slots.count / count
    }
  }

  /// Whether log-probs are those among the tokens that top-k, top-p, and min-p left, in sampling and in training.
  var usesMasks: Bool {
    settings.sampling.isCut && [model, sampler?.model, reference].allSatisfy { $0?.info.masks ?? true }
  }

  /// Returns the number of groups that teach something.
  static func mixedGroups(_ rollouts: [Rollout]) -> Int {
    Set(rollouts.filter { ($0.advantage ?? 0) != 0 }.map(\.group)).count
  }

  /// Holds the dialogues of some groups of a step.
  private func collect(
    _ step: Int, _ slots: Range<Int>, _ tasks: [Task], position: Int, _ numbers: inout PromptNumbers
  ) throws -> (rollouts: [Rollout], missing: Int, failure: String?) {
    var dialogues = dialogues(step, slots, tasks, position: position)
    let source = sampler?.model ?? model
    let tokenizer = (sampler?.stepsAhead ?? 0) > 0 ? source : model
    let seed = random.stream("strategies").stream(UInt64(step)).key
    try DialogueRunner(
      source, tokenizer: tokenizer, sampling: settings.sampling, seed: seed, wantsMasks: usesMasks
    ).run(&dialogues)
    let parts = try TrainedParts(dialogues, tokenizer, settings.trainsOnQuestion ? template : nil)
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
          sample: index % settings.groupSize, dialogue: dialogue, parts: parts.of(dialogue, &numbers)))
    }
    let silent = dialogues.filter { $0.turns.isEmpty && $0.failure != nil }
    return (rollouts, silent.count, silent.first?.failure ?? dialogues.lazy.compactMap(\.failure).first)
  }

  /// Returns the dialogues of a step's groups, in which nothing was said yet.
  private func dialogues(_ step: Int, _ slots: Range<Int>, _ tasks: [Task], position first: Int) -> [Dialogue]
  {
    slots.enumerated().flatMap { offset, slot in
      let position = first + offset
      let order = random.stream("order").stream(UInt64(position / tasks.count)).permutation(tasks.count)
      let task = tasks[order[position % tasks.count]]
      let own = random.stream("rollouts").stream(UInt64(step)).stream(UInt64(slot))
      let chosen = approaches.divided(among: settings.groupSize, random: own.stream("approaches"))
      return chosen.enumerated().map { Dialogue(task, $1, id: UInt64($0), random: own) }
    }
  }
}

/// Numbers the prompts of a step, so that the sequences that share one can be told.
struct PromptNumbers {
  private var numbers: [[Int32]: UInt64] = [:]
  private let first: Int

  /// - Parameter first: The number of the first group, by which rounds of a step have different numbers.
  init(first: Int) { self.first = first }

  mutating func number(of prompt: [Int32]) -> UInt64 {
    let number = numbers[prompt] ?? UInt64(first) << 32 + UInt64(numbers.count + 1)
    numbers[prompt] = number
    return number
  }
}

/// Makes the sequences of dialogues that are trained on.
private struct TrainedParts {
  /// The prompts of the bare questions, by task; nil if tokens are trained on after the prompts that they were sampled after.
  private let questions: [String: [Int32]]?

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

  func of(_ dialogue: Dialogue, _ numbers: inout PromptNumbers) -> [Rollout.Part] {
    let turns =
      questions == nil ? dialogue.turns : dialogue.answerIsReply ? dialogue.turns.suffix(1) : []
    return turns.filter { !$0.completion.tokens.isEmpty }.map { turn in
      let prompt = questions?[dialogue.task.key] ?? turn.prompt
      let drawn = turn.completion
      // Among the tokens that could be drawn, the probability is larger by the share of the others.
      let logprobs =
        drawn.mask.isEmpty ? drawn.logprobs : zip(drawn.logprobs, drawn.maskLogMass).map { $0 - $1 }
      return Rollout.Part(
        sequence: TokenSequence(
          tokens: prompt + drawn.tokens, from: prompt.count, group: numbers.number(of: prompt),
          temperature: turn.temperature, mask: drawn.mask),
        logprobs: logprobs)
    }
  }
}
