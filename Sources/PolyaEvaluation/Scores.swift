public import PolyaCore
public import PolyaRecords

/// A figure of a model on a task set, with its interval.
public struct Score: Sendable, Equatable {
  /// The manifest's names.
  public var model, tasks: String
  /// "pass@8".
  public var metric: String
  /// Mean over questions and its 95% bootstrap interval.
  public var estimate: Estimate
  /// How many questions and samples per question it rests on.
  public var questions, samples: Int

  /// The form of results.json.
  public var json: JSON {
    [
      "model": .string(model), "tasks": .string(tasks), "metric": .string(metric),
      "value": JSON(estimate.value),
      "low": JSON(estimate.low), "high": JSON(estimate.high), "questions": JSON(questions),
      "samples": JSON(samples),
    ]
  }
}

/// The difference of two models on the same questions.
public struct Comparison: Sendable, Equatable {
  /// The manifest's names; the difference is first minus second.
  public var first, second, tasks: String
  /// "pass@8".
  public var metric: String
  /// With interval and probability under "no difference".
  public var difference: PairedDifference

  /// The form of results.json.
  public var json: JSON {
    [
      "first": .string(first), "second": .string(second), "tasks": .string(tasks), "metric": .string(metric),
      "difference": JSON(difference.difference.value), "low": JSON(difference.difference.low),
      "high": JSON(difference.difference.high), "p": JSON(difference.probability),
      "questions": JSON(difference.questions),
    ]
  }
}

/// Turns counts per question into pass@k with intervals.
public struct Scoring: Sendable {
  private let ks: [Int]
  private let bootstrap: Bootstrap

  /// - Parameter seed: of the resampling.
  public init(ks: [Int], seed: UInt64) {
    self.ks = ks
    bootstrap = Bootstrap(seed: seed)
  }

  /// All pass@k of one model on one task set. Questions with fewer than k verdicts take no part in pass@k.
  public func scores(_ records: [EvaluationRecord], model: String, tasks: String) throws -> [Score] {
    try ks.compactMap { k in
      let values = Self.passAtK(k, records).compactMap { $0 }
      guard !values.isEmpty else { return nil }
      return Score(
        model: model, tasks: tasks, metric: "pass@\(k)", estimate: try bootstrap.mean(values),
        questions: values.count,
        samples: records.map(\.judged).min() ?? 0)
    }
  }

  /// Paired differences of two models on the same tasks in the same order.
  public func compare(
    _ first: [EvaluationRecord], _ second: [EvaluationRecord], names: (String, String), tasks: String
  ) throws -> [Comparison] {
    try ks.compactMap { k in
      let pairs = zip(Self.passAtK(k, first), Self.passAtK(k, second)).compactMap { a, b in
        a.flatMap { a in b.map { (a, $0) } }
      }
      guard !pairs.isEmpty else { return nil }
      return Comparison(
        first: names.0, second: names.1, tasks: tasks, metric: "pass@\(k)",
        difference: try bootstrap.pairedDifference(pairs.map(\.0), pairs.map(\.1)))
    }
  }

  private static func passAtK(_ k: Int, _ records: [EvaluationRecord]) -> [Double?] {
    records.map { PassAtK.estimate(k: k, samples: $0.judged, correct: $0.correct) }
  }
}
