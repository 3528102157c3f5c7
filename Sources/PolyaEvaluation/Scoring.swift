internal import PolyaCore
package import PolyaRecords

/// Turns the results per question into scores and differences with intervals.
package struct Scoring: Sendable {
  private let metrics: [ScoreMetric]
  private let bootstrap: Bootstrap
  private let flips: SignFlipTest
  private let majority: MajorityVote

  /// The number of kinds up to which each has scores of its own.
  private static let mostKinds = 24

  /// Creates a scoring.
  ///
  /// - Parameter seed: The seed of the bootstrap resampling.
  package init(_ metrics: [ScoreMetric], seed: UInt64) {
    self.metrics = metrics
    bootstrap = Bootstrap(seed: seed)
    flips = SignFlipTest(random: Randomness(seed: seed).stream("flips"))
    majority = MajorityVote(random: Randomness(seed: seed).stream("majority"))
  }

  /// Returns the scores of an arm on a task set, of all questions and, if they are of several kinds, by kind. Questions
  /// without a value, for example with fewer than k verdicts, are left out of a metric.
  package func scores(_ arm: EvaluatedArm, tasks: String) throws -> [ScoreRecord] {
    let kinds = arm.kinds
    let parts: [String?] = [nil] + (2...Self.mostKinds ~= kinds.count ? kinds : [])
    return try parts.flatMap { kind in
      try metrics.filter { $0.isKnown(of: [arm]) }.compactMap { metric in
        let values = values([arm]) { record in
          kind == nil || record.kind == kind ? metric.value(of: record, majority) : nil
        }[0]
        guard !values.clusters.isEmpty else { return nil }
        let estimate = try EqualValues.estimate(values, within: 0...1) ?? bootstrap.mean(values)
        return ScoreRecord(
          model: arm.name, tasks: tasks, seeds: arm.seeds, kind: kind, metric: metric.name,
          value: estimate.value,
          low: estimate.low, high: estimate.high, questions: values.clusters.count,
          samples: metric == .greedy ? 1 : arm.fewestVerdicts(kind))
      }
    }
  }

  /// Returns the paired differences of two arms, whose records are of the same tasks in the same order: of each metric, and
  /// of the whole curve of pass@k.
  package func compare(_ first: EvaluatedArm, _ second: EvaluatedArm, tasks: String) throws
    -> [ComparisonRecord]
  {
    let points = try metrics.filter { $0.isKnown(of: [first, second]) }.compactMap { metric in
      try compared(first, second, tasks, metric.name) { metric.value(of: $0, majority) }
    }
    return points + (try comparedCurve(first, second, tasks).map { [$0] } ?? [])
  }

  /// Returns the comparisons with p-values that are adjusted for all of them: over metrics, models, and task sets.
  package static func adjusted(_ comparisons: [ComparisonRecord]) -> [ComparisonRecord] {
    zip(comparisons, FalseDiscoveries.adjusted(comparisons.map(\.probability))).map { comparison, adjusted in
      var comparison = comparison
      comparison.adjusted = adjusted
      return comparison
    }
  }

  /// Returns which questions the second arm solves and the first one does not, seed by seed: with the samples of several seeds
  /// together, one arm would have more tries.
  package static func coverage(_ first: EvaluatedArm, _ second: EvaluatedArm, tasks: String)
    -> [CoverageRecord]
  {
    (0..<max(first.records.count, second.records.count)).map { seed in
      coverage(first.seed(seed), second.seed(seed), tasks)
    }
  }

  private static func coverage(
    _ first: (name: String, records: [EvaluationRecord]),
    _ second: (name: String, records: [EvaluationRecord]),
    _ tasks: String
  ) -> CoverageRecord {
    let loss = CoverageLoss(before: second.records, after: first.records)
    return CoverageRecord(
      first: first.name, second: second.name, tasks: tasks, questions: loss.questions,
      solvedFirst: loss.solvedAfter,
      solvedSecond: loss.solvedBefore, gained: loss.gained, probability: loss.probability,
      detectable: loss.detectable,
      lost: loss.lost.map {
        .init(
          task: $0.task, right: $0.right, samplesSecond: $0.before, samplesFirst: $0.after,
          probability: $0.probability)
      })
  }

  /// The difference of the areas under two curves of pass@k over a logarithmic axis: the mean over the values of k, so that
  /// one test speaks for all of them.
  private func comparedCurve(_ first: EvaluatedArm, _ second: EvaluatedArm, _ tasks: String) throws
    -> ComparisonRecord?
  {
    let ks = metrics.compactMap { if case .pass(let k) = $0 { k } else { nil } }
    guard ks.count > 1, let least = ks.min(), let most = ks.max() else { return nil }
    func mean(_ record: EvaluationRecord) -> Double? {
      let known = ks.compactMap { ScoreMetric.pass($0).value(of: record, majority) }
      return known.count == ks.count ? known.reduce(0, +) / Double(known.count) : nil
    }
    var comparison = try compared(first, second, tasks, "pass@\(least)..\(most)", mean)
    guard first.seeds.isEmpty, second.seeds.isEmpty else { return comparison }
    // Signs of questions say nothing about other training seeds, so arms that have them keep the bootstrap's p-value.
    let pair = values([first, second], mean)
    comparison?.probability = max(
      flips.probability(zip(pair[0].clusterSumsOfMeans, pair[1].clusterSumsOfMeans).map { $0 - $1 }),
      pair[0].leastProbability)
    return comparison
  }

  private func compared(
    _ first: EvaluatedArm, _ second: EvaluatedArm, _ tasks: String, _ metric: String,
    _ value: (EvaluationRecord) -> Double?
  ) throws -> ComparisonRecord? {
    let pair = values([first, second], value)
    guard !pair[0].clusters.isEmpty else { return nil }
    let paired = try bootstrap.pairedDifference(pair[0], pair[1])
    let difference =
      try EqualValues.estimate(pair[0].differences(to: pair[1]), within: -1...1) ?? paired.difference
    return ComparisonRecord(
      first: first.name, second: second.name, tasks: tasks, metric: metric, difference: difference.value,
      low: difference.low, high: difference.high,
      probability: max(paired.probability, pair[0].leastProbability), questions: paired.questions)
  }

  /// The values of the questions on which each model of each arm has one.
  private func values(_ arms: [EvaluatedArm], _ value: (EvaluationRecord) -> Double?) -> [QuestionValues] {
    let all = arms.map { $0.records.map { $0.map(value) } }
    let questions = arms[0].records[0].indices.filter { question in
      all.allSatisfy { $0.allSatisfy { question < $0.count && $0[question] != nil } }
    }
    let clusters = questions.map { arms[0].records[0][$0] }.map { $0.cluster ?? "\u{0}\($0.task)" }
    return all.map { seeds in
      QuestionValues(seeds.map { row in questions.compactMap { row[$0] } }, clusters: clusters)
    }
  }
}
