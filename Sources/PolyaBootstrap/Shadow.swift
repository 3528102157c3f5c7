package import PolyaCore
package import PolyaRecords

/// Compares two verifiers on the same stored candidates, for example to see what a new version changes.
package struct Shadow {
  /// A candidate on which the verifiers disagree.
  package struct Disagreement: Sendable {
    /// The stored candidate.
    package let candidate: CandidateRecord
    /// The verdicts of the two verifiers.
    package let first, second: VerdictRecord
  }

  private let judges: [Judge]
  /// The number of candidates for each pair of outcomes.
  package private(set) var counts: [[Outcome: Int]] = Array(
    repeating: [:], count: Outcome.allCases.count)

  /// Creates a comparison.
  ///
  /// - Parameter seed: The seed of both verifiers' calls.
  package init(_ first: any Reward, _ second: any Reward, seed: UInt64) {
    judges = [first, second].map { Judge(verifier: $0, adherence: nil, seed: seed) }
  }

  /// Returns the candidates on which the verifiers disagree. Candidates without an answer are skipped.
  package mutating func compare(_ candidates: [CandidateRecord]) throws -> [Disagreement] {
    let answered = candidates.filter { !$0.answer.isEmpty }
    let groups = Dictionary(
      answered.enumerated().map { ($1.task.key, UInt64($0)) }, uniquingKeysWith: { first, _ in first })
    let answers = answered.enumerated().map { index, candidate in
      Answer(
        id: UInt64(index), groupID: groups[candidate.task.key] ?? 0, task: candidate.task,
        completion: Array(candidate.answer.utf8),
        tokens: candidate.tokens)
    }
    let heuristics = answered.map(\.heuristic)
    let said = try judges.map { try $0.judge(answers, heuristics: heuristics) }
    var found: [Disagreement] = []
    for (candidate, (first, second)) in zip(answered, zip(said[0], said[1])) {
      let row = Outcome.allCases.firstIndex(of: first.outcome) ?? 0
      counts[row][second.outcome, default: 0] += 1
      guard first.outcome != second.outcome else { continue }
      found.append(Disagreement(candidate: candidate, first: first.verdict, second: second.verdict))
    }
    return found
  }

  /// A table for people, with the first verifier's outcomes as rows and the second's as columns.
  package var table: [[String]] {
    let outcomes = Outcome.allCases
    return [["first \\ second"] + outcomes.map(\.rawValue)]
      + zip(outcomes, counts).map { outcome, row in
        [outcome.rawValue] + outcomes.map { "\(row[$0] ?? 0)" }
      }
  }
}
