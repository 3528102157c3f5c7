internal import PolyaCore

extension Reinforcement {
  /// Samples the groups of one step and computes their advantages.
  func sample(_ step: Int, _ tasks: [Task], _ prompts: [[Int32]]) throws -> [Rollout] {
    var rollouts: [Rollout] = []
    var groups = 0
    for round in 0...settings.filters.extraRounds {
      let wanted = settings.promptsPerStep - Self.mixedGroups(rollouts)
      guard wanted > 0 else { break }
      var more = try collect(step, groups..<groups + wanted, tasks, prompts)
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

  /// Samples groups of a step.
  private func collect(_ step: Int, _ slots: Range<Int>, _ tasks: [Task], _ prompts: [[Int32]]) throws
    -> [Rollout]
  {
    let chosen = slots.indices.map { offset in
      let position = progress.asked + offset - slots.lowerBound
      return random.stream("order").stream(UInt64(position / tasks.count)).permutation(tasks.count)[
        position % tasks.count]
    }
    let requests = zip(slots, chosen).map { slot, index in
      GenerationRequest(
        id: UInt64(slot), seed: random.stream("rollouts").stream(UInt64(step)).stream(UInt64(slot)).key,
        tokens: prompts[index], samples: settings.groupSize, sampling: settings.sampling)
    }
    let sent = try model.text(of: requests.map(\.tokens))
    let source = sampler?.model ?? model
    var rollouts: [Rollout] = []
    for (place, completions) in try source.generate(requests).enumerated() {
      guard completions.allSatisfy({ $0.logprobs.count == $0.tokens.count }) else {
        throw PolyaError(
          .plugin,
          "the model '\(source.info.name)' provides no log-probs of its samples, which reinforcement learning needs",
          hint: "use a model that provides them")
      }
      let request = requests[place]
      rollouts += completions.enumerated().filter { !$1.tokens.isEmpty }.map { sample, completion in
        Rollout(
          task: tasks[chosen[place]], group: Int(request.id), sample: sample, seed: request.seed,
          prompt: sent[place],
          sequence: TokenSequence(
            tokens: request.tokens + completion.tokens, from: request.tokens.count, group: request.id + 1,
            temperature: settings.sampling.temperature),
          completion: completion)
      }
    }
    return rollouts
  }

  /// Gets the verdicts of each reward, and the reference's log-probs if they are part of the reward.
  private func judge(_ rollouts: inout [Rollout], _ step: Int, _ round: Int) throws {
    let answers = rollouts.enumerated().map { index, rollout in
      Answer(
        id: UInt64(index), groupID: UInt64(rollout.group), task: rollout.task,
        completion: rollout.completion.text,
        tokens: rollout.completion.tokens, logprobs: rollout.completion.logprobs,
        transcript: template.chat(for: rollout.task.question))
    }
    var stream = random.stream("rewards").stream(UInt64(step))
    if round > 0 { stream = stream.stream(UInt64(round)) }
    let verdicts = try rewards.map { try $0.reward.score(answers, seed: stream.key) }
    let weights = rewards.map(\.weight)
    for index in rollouts.indices {
      rollouts[index].verdicts = verdicts.map { $0[index] }
      rollouts[index].reward = RewardCombination.sum(
        RewardCombination.counting(rollouts[index].verdicts), weights: weights)
      rollouts[index].isRight = rollouts[index].outcome(rewards) == .right
    }
    try label(&rollouts, seed: stream.key)
    guard settings.objective.kl.place == .reward, let reference else { return }
    for (index, scored) in try reference.score(rollouts.map(\.sequence)).enumerated() {
      rollouts[index].references = scored.logprobs
    }
  }

  /// Asks the labeler which heuristics each rollout follows.
  private func label(_ rollouts: inout [Rollout], seed: UInt64) throws {
    guard let labeler else { return }
    let shown = rollouts.enumerated().map { index, rollout in
      ShownAnswer(
        id: UInt64(index), question: rollout.task.question, heuristic: "",
        text: String(decoding: rollout.completion.text, as: UTF8.self))
    }
    guard let labels = try labeler.labels(of: shown, seed: seed) else {
      throw PolyaError(
        .configuration, "the strategy '\(labeler.id)' does not label answers",
        hint: "use a strategy with the function 'segment', such as polya.heuristics")
    }
    for (index, found) in labels.enumerated() { rollouts[index].heuristics = Set(try found.get()).sorted() }
  }

  /// Computes the advantages of all rollouts of a step.
  private func assign(_ rollouts: inout [Rollout], _ step: Int) {
    let counting = rollouts.map { RewardCombination.counting($0.verdicts) }
    let scores = RewardCombination.Scores(
      values: counting, weights: rewards.map(\.weight), middles: rewards.map(\.reward.range.middle))
    var batch = RewardBatch(
      rewards: rollouts.map(\.reward), isRight: rollouts.map(\.isRight), groups: rollouts.map(\.group))
    batch.progress = Double(step) / Double(settings.steps)
    batch.logprobs = rollouts.map { $0.completion.logprobs.reduce(0) { $0 + Double($1) } }
    batch.tokens = rollouts.map(\.completion.tokens.count)
    batch.tokenLimit = settings.sampling.maxTokens
    batch.heuristics = rollouts.map { $0.heuristics ?? [] }
    batch.wasSolved = rollouts.map { progress.solved.contains($0.task.key) }
    let penalties = settings.objective.kl.place == .reward && reference != nil ? rollouts.map(penalty) : nil
    let advantages = settings.credit.advantages(batch, scores, penalties: penalties)
    for (index, advantage) in advantages.enumerated() { rollouts[index].advantage = advantage }
  }

  /// What the divergence from the reference takes from the reward of a rollout.
  private func penalty(_ rollout: Rollout) -> Double {
    let kl = settings.objective.kl
    return kl.coefficient
      * zip(rollout.completion.logprobs, rollout.references ?? []).reduce(0) {
        $0 + kl.estimator.value(Double($1.0), Double($1.1)).value
      }
  }
}
