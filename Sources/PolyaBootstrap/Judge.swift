internal import PolyaCore
internal import PolyaRecords

/// What was said of an answer.
struct Judgment: Sendable {
  let verdict: VerdictRecord
  /// 0...1; nil when nobody was asked or could tell.
  var adherence: Double?

  var outcome: Outcome { verdict.outcome }
}

/// Verifies answers, and asks of the right ones how well they follow their heuristics.
struct Judge {
  let verifier: any Reward
  let adherence: (any Reward)?
  let seed: UInt64

  /// Whether all answers of a task are to be judged at once.
  var wantsWholeGroups: Bool { verifier.wantsWholeGroups || adherence?.wantsWholeGroups ?? false }

  /// - Parameter heuristics: of each answer.
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
  /// Where a value stands between the bounds, 0...1.
  func fraction(of value: Double) -> Double { (value - lowerBound) / (upperBound - lowerBound) }
}
