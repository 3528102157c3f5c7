package import PolyaCore
package import PolyaRecords

/// Two verifiers side by side over the same stored candidates: what a new version would have said.
package struct Shadow {
  /// A candidate of which they say different things.
  package struct Disagreement: Sendable {
    /// As it is stored.
    package let candidate: CandidateRecord
    /// What each says.
    package let first, second: VerdictRecord
  }

  private let judges: [Judge]
  /// How many candidates have each pair of outcomes.
  package private(set) var counts: [[Outcome: Int]] = Array(
    repeating: [:], count: Outcome.allCases.count)

  /// - Parameter seed: of both verifiers' calls.
  package init(_ first: any Reward, _ second: any Reward, seed: UInt64) {
    judges = [first, second].map { Judge(verifier: $0, adherence: nil, seed: seed) }
  }

  /// The candidates on which they differ; those without an answer are left out.
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

  /// For people: rows are what the first says, columns what the second says.
  package var table: [[String]] {
    let outcomes = Outcome.allCases
    return [["first \\ second"] + outcomes.map(\.rawValue)]
      + zip(outcomes, counts).map { outcome, row in
        [outcome.rawValue] + outcomes.map { "\(row[$0] ?? 0)" }
      }
  }
}
