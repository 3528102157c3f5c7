internal import PolyaRecords

/// A value that a question has by its samples.
package enum ScoreMetric: Sendable, Hashable {
  /// Whether at least one of k samples is right.
  case pass(Int)
  /// Whether the most frequent answer of k samples is right.
  case majority(Int)
  /// Whether the answer at temperature 0 is right.
  case greedy

  /// The name in records.
  package var name: String {
    switch self {
    case .pass(let k): "pass@\(k)"
    case .majority(let k): "maj@\(k)"
    case .greedy: "greedy"
    }
  }

  /// Whether every question can have a value. A majority needs a reward that says which answer it took: if some right answers
  /// have no name, the questions that are left would be those with few right ones.
  func isKnown(of arms: [EvaluatedArm]) -> Bool {
    guard case .majority = self else { return true }
    return arms.allSatisfy { $0.records.joined().allSatisfy { $0.votes != nil } }
  }

  /// Returns the value of a question; nil if it has too few verdicts, or answers of which none can be told from another.
  func value(of record: EvaluationRecord, _ majority: MajorityVote) -> Double? {
    switch self {
    case .pass(let k): return PassAtK.estimate(k: k, samples: record.scored, correct: record.correct)
    case .majority(let k):
      return record.votes.flatMap { votes in
        majority.estimate(k: k, votes, blank: record.scored - votes.reduce(0) { $0 + $1.count })
      }
    case .greedy:
      return record.greedy.flatMap { $0.scored == 0 ? nil : Double($0.correct) / Double($0.scored) }
    }
  }
}
