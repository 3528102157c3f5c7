internal import PolyaCore
package import PolyaRecords

/// Turns the counts per question into pass@k with intervals.
package struct Scoring: Sendable {
  private let ks: [Int]
  private let bootstrap: Bootstrap

  /// Creates a scoring.
  ///
  /// - Parameter seed: The seed of the bootstrap resampling.
  package init(ks: [Int], seed: UInt64) {
    self.ks = ks
    bootstrap = Bootstrap(seed: seed)
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

  /// Returns the paired differences of two models, whose records are of the same tasks in the same order.
  package func compare(
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
