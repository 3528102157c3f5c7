internal import PolyaCore
package import PolyaRecords

/// Turns the counts per question into pass@k with intervals.
package struct Scoring: Sendable {
  private let ks: [Int]
  private let bootstrap: Bootstrap
  private let flips: SignFlipTest

  /// Creates a scoring.
  ///
  /// - Parameter seed: The seed of the bootstrap resampling.
  package init(ks: [Int], seed: UInt64) {
    self.ks = ks
    bootstrap = Bootstrap(seed: seed)
    flips = SignFlipTest(random: Randomness(seed: seed).stream("flips"))
  }

  /// Returns pass@k of one model on one task set for every k. Questions with fewer than k verdicts are left
  /// out of pass@k.
  package func scores(_ records: [EvaluationRecord], model: String, tasks: String) throws -> [ScoreRecord] {
    try ks.compactMap { k in
      let values = Self.passAtK(k, records).compactMap { $0 }
      guard !values.isEmpty else { return nil }
      let estimate = try EqualValues.estimate(values, within: 0...1) ?? bootstrap.mean(values)
      return ScoreRecord(
        model: model, tasks: tasks, metric: "pass@\(k)", value: estimate.value, low: estimate.low,
        high: estimate.high, questions: values.count, samples: records.map(\.scored).min() ?? 0)
    }
  }

  /// Returns the paired differences of two models, whose records are of the same tasks in the same order: for each k, and of
  /// the whole curve.
  package func compare(
    _ first: [EvaluationRecord], _ second: [EvaluationRecord], names: (String, String), tasks: String
  ) throws -> [ComparisonRecord] {
    let points = try comparedPoints(first, second, names: names, tasks: tasks)
    return points + (try comparedCurve(first, second, names: names, tasks: tasks).map { [$0] } ?? [])
  }

  /// Returns the comparisons with p-values that are adjusted for all of them: over k, models, and task sets.
  package static func adjusted(_ comparisons: [ComparisonRecord]) -> [ComparisonRecord] {
    zip(comparisons, FalseDiscoveries.adjusted(comparisons.map(\.probability))).map { comparison, adjusted in
      var comparison = comparison
      comparison.adjusted = adjusted
      return comparison
    }
  }

  /// Returns which questions the second model solves and the first one does not.
  package static func coverage(
    _ first: [EvaluationRecord], _ second: [EvaluationRecord], names: (String, String), tasks: String
  ) -> CoverageRecord {
    let loss = CoverageLoss(before: second, after: first)
    return CoverageRecord(
      first: names.0, second: names.1, tasks: tasks, questions: loss.questions, solvedFirst: loss.solvedAfter,
      solvedSecond: loss.solvedBefore, gained: loss.gained, probability: loss.probability,
      detectable: loss.detectable,
      lost: loss.lost.map {
        .init(
          task: $0.task, right: $0.right, samplesSecond: $0.before, samplesFirst: $0.after,
          probability: $0.probability)
      })
  }

  /// The difference of the areas under two curves of pass@k over a logarithmic axis: the mean over the values of k, tested by
  /// flipping signs, so that one test speaks for all of them.
  private func comparedCurve(
    _ first: [EvaluationRecord], _ second: [EvaluationRecord], names: (String, String), tasks: String
  ) throws -> ComparisonRecord? {
    guard ks.count > 1, let least = ks.min(), let most = ks.max() else { return nil }
    let differences = zip(first, second).compactMap { a, b -> Double? in
      let each = ks.map { k in
        PassAtK.estimate(k: k, samples: a.scored, correct: a.correct).flatMap { a in
          PassAtK.estimate(k: k, samples: b.scored, correct: b.correct).map { a - $0 }
        }
      }
      let known = each.compactMap { $0 }
      return known.count == ks.count ? known.reduce(0, +) / Double(known.count) : nil
    }
    guard !differences.isEmpty else { return nil }
    let estimate = try EqualValues.estimate(differences, within: -1...1) ?? bootstrap.mean(differences)
    return ComparisonRecord(
      first: names.0, second: names.1, tasks: tasks, metric: "pass@\(least)..\(most)",
      difference: estimate.value, low: estimate.low, high: estimate.high,
      probability: flips.probability(differences), questions: differences.count)
  }

  private func comparedPoints(
    _ first: [EvaluationRecord], _ second: [EvaluationRecord], names: (String, String), tasks: String
  ) throws -> [ComparisonRecord] {
    try ks.compactMap { k in
      let pairs = zip(Self.passAtK(k, first), Self.passAtK(k, second)).compactMap { a, b in
        a.flatMap { a in b.map { (a, $0) } }
      }
      guard !pairs.isEmpty else { return nil }
      let paired = try bootstrap.pairedDifference(pairs.map(\.0), pairs.map(\.1))
      let difference =
        try EqualValues.estimate(pairs.map { $0.0 - $0.1 }, within: -1...1) ?? paired.difference
      return ComparisonRecord(
        first: names.0, second: names.1, tasks: tasks, metric: "pass@\(k)",
        difference: difference.value, low: difference.low, high: difference.high,
        probability: paired.probability, questions: paired.questions)
    }
  }

  private static func passAtK(_ k: Int, _ records: [EvaluationRecord]) -> [Double?] {
    records.map { PassAtK.estimate(k: k, samples: $0.scored, correct: $0.correct) }
  }
}
