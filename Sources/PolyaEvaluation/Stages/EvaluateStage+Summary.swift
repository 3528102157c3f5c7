internal import PolyaCore
internal import PolyaPipeline
internal import PolyaRecords

extension EvaluateStage {
  /// Writes scores, comparisons, and coverage of the records, which are by model and task set.
  func summarize(_ records: [String: [EvaluationRecord]], _ context: StageContext) throws -> StageResult {
    func of(_ model: String, _ set: String) -> [EvaluationRecord] { records[Self.key(model, set)] ?? [] }
    let all = records.values.flatMap { $0 }
    var reasons = UnscoredReasons()
    for name in models { for set in tasks { of(name, set).forEach { reasons.add($0.reasons) } } }
    try checkVerdicts(reasons, context) { of($0, $1) }
    let scoring = Scoring(metrics, seed: context.random.stream("bootstrap").key)
    let arms =
      models.map { model in (model, { set in EvaluatedArm(model, of(model, set)) }) }
      + self.arms.map { arm in
        (arm.name, { set in EvaluatedArm(arm.name, seeds: arm.models.map { ($0, of($0, set)) }) })
      }
    func arm(_ name: String, _ set: String) -> EvaluatedArm? { arms.first { $0.0 == name }?.1(set) }
    if metrics.contains(where: { if case .majority = $0 { true } else { false } }) {
      for arm in arms {
        for set in tasks where arm.1(set).records.joined().contains(where: { $0.votes == nil }) {
          context.observer.warn(
            "maj@k of '\(arm.0)' on '\(set)' is left out: the reward does not say which answer it took from some right samples"
          )
        }
      }
    }
    let scores = try arms.flatMap { arm in
      try tasks.flatMap { try scoring.scores(arm.1($0), tasks: $0) }
    }
    var (comparisons, coverage): ([ComparisonRecord], [CoverageRecord]) = ([], [])
    for pair in compare {
      for set in tasks {
        guard let first = arm(pair.0, set), let second = arm(pair.1, set) else { continue }
        comparisons += try scoring.compare(first, second, tasks: set)
        coverage += Scoring.coverage(first, second, tasks: set)
      }
    }
    try ResultsRecord(
      taskSets: try tasks.map { try context.taskSet($0).description }, scores: scores,
      comparisons: Scoring.adjusted(comparisons), coverage: coverage,
      contamination: contamination == nil ? [] : contamination(context)
    ).write(folder: context.folder)
    let unscored = all.reduce(0) { $0 + $1.unscored }
    return StageResult(
      summary: [
        "samples": JSON(all.count * samples), "unscored": JSON(unscored), "unscored_reasons": reasons.json,
      ])
  }

  /// Refuses results of which too many samples have no verdict, in all or in one task set.
  private func checkVerdicts(
    _ reasons: UnscoredReasons, _ context: StageContext, _ of: (String, String) -> [EvaluationRecord]
  ) throws {
    var shares = UnscoredShares()
    var (unscored, total) = (0, 0)
    for set in tasks {
      for model in models {
        let missing = of(model, set).reduce(0) { $0 + $1.unscored }
        shares.add(set, unscored: missing, of: of(model, set).count * samples)
        unscored += missing
        total += of(model, set).count * samples
      }
    }
    if let share = shares.excess(over: context.maxUnscored) {
      throw context.tooManyUnscored(
        "\(share.unscored) of \(share.all) samples on the task set '\(share.kind)' have no verdict", reasons,
        records: Self.records)
    }
    guard Double(unscored) <= context.maxUnscored * Double(total) else {
      throw context.tooManyUnscored(
        "\(unscored) of \(total) samples have no verdict", reasons, records: Self.records)
    }
  }
}
