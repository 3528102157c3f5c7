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
    progress.solved = Set(try reader.required("solved", reader.strings("solved")))
    (records, count, shard) = (try integer("records"), try integer("count"), try integer("shard"))
  }

  var json: JSON {
    [
      "steps": JSON(progress.steps), "taken": JSON(progress.taken), "asked": JSON(progress.asked),
      "rollouts": JSON(progress.rollouts), "unscored": JSON(progress.unscored),
      "tokens": JSON(progress.tokens),
      "first_sum": JSON(progress.firstSum), "last_sum": JSON(progress.lastSum),
      "first_count": JSON(progress.firstCount), "last_count": JSON(progress.lastCount),
      "entropy_coefficient": JSON(progress.entropyCoefficient), "entropy_acts": .bool(progress.entropyActs),
      "solved": .array(progress.solved.sorted().map { .string($0) }),
      "records": JSON(records), "count": JSON(count), "shard": JSON(shard),
    ]
  }
}
