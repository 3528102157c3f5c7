internal import PolyaCore
internal import PolyaRecords

/// The state from which an interrupted reinforce stage resumes, besides its model.
struct ReinforceState {
  var progress: Reinforcement.Progress
  /// The position of the writer of rollouts.
  var records, count, shard: Int

  init(_ progress: Reinforcement.Progress, _ rest: ShardWriter.Pending) {
    self.progress = progress
    (records, count, shard) = (rest.records, rest.count, rest.shard)
  }

  init(_ json: JSON) throws {
    let reader = try ObjectReader(json, at: "the progress of a training")
    func integer(_ key: String) throws -> Int {
      try reader.required(key, reader.integer(key, in: 0...Int.max))
    }
    func real(_ key: String) throws -> Double { try reader.required(key, reader.real(key)) }
    progress = Reinforcement.Progress()
    progress.steps = try integer("steps")
    progress.taken = try integer("taken")
    progress.asked = try integer("asked")
    progress.rollouts = try integer("rollouts")
    progress.unscored = try integer("unscored")
    progress.tokens = try integer("tokens")
    progress.firstSum = try real("first_sum")
    progress.lastSum = try real("last_sum")
    progress.firstCount = try integer("first_count")
    progress.lastCount = try integer("last_count")
    progress.entropyCoefficient = try real("entropy_coefficient")
    progress.entropyActs = try reader.required("entropy_acts", reader.bool("entropy_acts"))
    progress.stopped = try reader.string("stopped")
    progress.health = try TrainingHealth(reader.required("health", reader.object("health")))
    progress.solved = Set(try reader.required("solved", reader.strings("solved")))
    (records, count, shard) = (try integer("records"), try integer("count"), try integer("shard"))
  }

  var json: JSON {
    var members: JSON.Members = [
      "steps": JSON(progress.steps), "taken": JSON(progress.taken), "asked": JSON(progress.asked),
      "rollouts": JSON(progress.rollouts), "unscored": JSON(progress.unscored),
      "tokens": JSON(progress.tokens),
      "first_sum": JSON(progress.firstSum), "last_sum": JSON(progress.lastSum),
      "first_count": JSON(progress.firstCount), "last_count": JSON(progress.lastCount),
      "entropy_coefficient": JSON(progress.entropyCoefficient), "entropy_acts": .bool(progress.entropyActs),
      "solved": .array(progress.solved.sorted().map { .string($0) }),
      "records": JSON(records), "count": JSON(count), "shard": JSON(shard), "health": progress.health.json,
    ]
    members["stopped"] = progress.stopped.map { .string($0) }
    return .object(members)
  }
}

extension TrainingHealth {
  fileprivate var json: JSON {
    var members: JSON.Members = [
      "without_advantage": JSON(withoutAdvantage), "of_low_entropy": JSON(ofLowEntropy),
      "broken": JSON(broken),
      "best_step": JSON(bestStep), "since_best": JSON(sinceBest), "reward_sum": JSON(rewardSum),
      "reward_count": JSON(rewardCount), "contrary": JSON(contrary),
    ]
    members["best"] = best.map { JSON($0) }
    members["last_reward"] = lastReward.map { JSON($0) }
    members["last_score"] = lastScore.map { JSON($0) }
    return .object(members)
  }

  fileprivate init(_ reader: ObjectReader) throws {
    func integer(_ key: String) throws -> Int {
      try reader.required(key, reader.integer(key, in: 0...Int.max))
    }
    self.init()
    withoutAdvantage = try integer("without_advantage")
    ofLowEntropy = try integer("of_low_entropy")
    broken = try integer("broken")
    bestStep = try integer("best_step")
    sinceBest = try integer("since_best")
    rewardSum = try reader.required("reward_sum", reader.real("reward_sum"))
    rewardCount = try integer("reward_count")
    contrary = try integer("contrary")
    best = try reader.real("best")
    lastReward = try reader.real("last_reward")
    lastScore = try reader.real("last_score")
  }
}
