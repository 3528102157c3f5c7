package import PolyaRecords

/// Which questions one model could solve and another no longer can.
package struct CoverageLoss: Sendable {
  /// A question that was lost.
  package struct Lost: Sendable, Equatable {
    /// The key of the task.
    package var task: String
    /// The numbers of right answers before, and of answers before and after.
    package var right, before, after: Int
    /// How unlikely no right answer is, if nothing had changed; adjusted for the number of questions that were lost.
    package var probability: Double
  }

  /// The number of questions that both models have, and of those that each solves at least once.
  package let questions, solvedBefore, solvedAfter: Int
  /// The questions that only the earlier model solves, the surest first.
  package let lost: [Lost]
  /// The number of questions that only the later model solves.
  package let gained: Int
  /// The two-sided p-value of McNemar's exact test of lost against gained questions.
  package let probability: Double
  /// The smallest change of the share of solved questions that would be found with 80% power.
  package let detectable: Double

  /// Compares the records of the same questions in the same order. Questions without a verdict of either model are left out.
  package init(before: [EvaluationRecord], after: [EvaluationRecord]) {
    let pairs = zip(before, after).filter { $0.scored > 0 && $1.scored > 0 }
    let gone = pairs.filter { $0.correct > 0 && $1.correct == 0 }
    questions = pairs.count
    solvedBefore = pairs.count { $0.0.correct > 0 }
    solvedAfter = pairs.count { $0.1.correct > 0 }
    gained = pairs.count { $0.correct == 0 && $1.correct > 0 }
    probability = ExactTests.mcNemar(gone.count, gained)
    let single = gone.map { before, after in
      ExactTests.fisherLess(right: (before.correct, 0), samples: (before.scored, after.scored))
    }
    lost = zip(gone, FalseDiscoveries.adjusted(single)).map { pair, adjusted in
      Lost(
        task: pair.0.task, right: pair.0.correct, before: pair.0.scored, after: pair.1.scored,
        probability: adjusted)
    }.sorted { ($0.probability, $0.task) < ($1.probability, $1.task) }
    // Each question on which the models differ counts 1, so that this is the deviation if none is better.
    let differing = Double(max(gone.count + gained, 1)) / Double(max(pairs.count, 1))
    detectable = min(
      SampleSize().effect(questions: max(pairs.count, 1), deviation: differing.squareRoot()), 1)
  }
}
