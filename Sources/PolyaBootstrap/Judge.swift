internal import PolyaCore
internal import PolyaRecords

/// The verdict on an answer, with its adherence.
struct Judgment: Sendable {
  let verdict: VerdictRecord
  /// How well the answer follows its heuristic, 0...1; nil if this was not measured or could not be
  /// determined.
  var adherence: Double?

  var outcome: Outcome { verdict.outcome }
}

/// Verifies answers, and scores how well the right ones follow their heuristics.
struct Judge {
  let verifier: any Reward
  let adherence: (any Reward)?
  let seed: UInt64

  /// Whether all answers of a task must be scored at once.
  var wantsWholeGroups: Bool { verifier.wantsWholeGroups || adherence?.wantsWholeGroups ?? false }

  /// Returns one judgment per answer.
  ///
  /// - Parameter heuristics: The heuristic of each answer.
  func judge(_ answers: [Answer], heuristics: [String]) throws -> [Judgment] {
    var judgments = try verifier.score(answers, seed: seed).map {
      Judgment(verdict: VerdictRecord($0, of: verifier), adherence: nil)
    }
    guard let adherence else { return judgments }
    let right = judgments.indices.filter { judgments[$0].outcome == .right }
    let asked = right.map { index in
      var answer = answers[index]
      answer.reference = Answer.Reference(text: heuristics[index], kind: "heuristic")
      return answer
    }
    for (index, verdict) in zip(right, try adherence.score(asked, seed: seed)) {
      judgments[index].adherence = verdict.score.map { adherence.range.fraction(of: $0) }
    }
    return judgments
  }
}

extension ClosedRange<Double> {
  /// Returns the relative position of a value between the bounds, 0...1.
  func fraction(of value: Double) -> Double { (value - lowerBound) / (upperBound - lowerBound) }
}
