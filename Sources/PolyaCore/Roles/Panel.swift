/// Several rewards that give one verdict.
///
/// A member that abstains with the note ``otherKind`` was not asked: the row's reference is of a kind that others read. What a
/// member cannot tell or fails to tell is never hidden by another one: see ``Rule``.
package final class Panel: Reward {
  /// How the verdicts of the members that were asked become one. Scores are taken as shares of their reward's range.
  package enum Rule: String, CaseIterable, Sendable {
    /// The lowest score, if all of them have one; wrong as soon as one says so.
    case all
    /// The highest score, if all of them have one; right as soon as one says so.
    case any
    /// 1 or 0, as more than half of them say; no verdict otherwise.
    case majority
    /// The score of the first that has one.
    case first
  }

  /// The note of a reward that does not read references of the row's kind.
  package static let otherKind = "other-reference-kind"

  /// `panel`, the rule, and the ids of the members.
  package let id: String
  private let members: [(name: String, reward: any Reward)]
  private let rule: Rule

  /// Creates a panel of rewards with their names, in the order in which they are asked.
  package init(_ members: [(name: String, reward: any Reward)], rule: Rule) {
    self.members = members
    self.rule = rule
    id = "panel(\(rule.rawValue): \(members.map(\.reward.id).joined(separator: ", ")))"
  }

  /// Scores of different rewards become comparable as shares.
  package var range: ClosedRange<Double> { 0...1 }
  /// The score of each member, by its name; missing where it has none.
  package var components: [String] { members.map(\.name) }
  /// Whether one of them wants it.
  package var wantsWholeGroups: Bool { members.contains { $0.reward.wantsWholeGroups } }

  /// Asks each member for all answers.
  package func score(_ answers: [Answer], seed: UInt64) throws -> [Verdict] {
    let said = try members.map { try $0.reward.score(answers, seed: seed) }
    for (member, verdicts) in zip(members, said) where verdicts.count != answers.count {
      throw PolyaError(
        .plugin, "returned \(verdicts.count) verdicts for \(answers.count) answers",
        at: "plugins.\(member.name)")
    }
    return answers.indices.map { row in verdict(said.map { $0[row] }) }
  }

  private func verdict(_ verdicts: [Verdict]) -> Verdict {
    let shares = zip(members, verdicts).map { member, verdict in
      verdict.score.map { member.reward.range.share($0) }
    }
    let asked = verdicts.indices.filter { index in
      !(verdicts[index].status == .abstained && verdicts[index].notes.contains { $0.code == Self.otherKind })
    }
    let decided = decision(asked.map { (verdicts[$0].status, shares[$0]) })
    let place = decided.place.map { asked[$0] }
    return Verdict(
      decided.status, confidence: place.flatMap { verdicts[$0].confidence },
      components: shares.map { $0 ?? .nan },
      extracted: place.map { verdicts[$0].extracted } ?? "",
      notes: notes(verdicts, of: asked.isEmpty ? Array(verdicts.indices) : asked),
      details: details(verdicts, of: asked))
  }

  /// The status, and the member whose answer it is about.
  private func decision(_ asked: [(status: Verdict.Status, share: Double?)]) -> (
    status: Verdict.Status, place: Int?
  ) {
    let middle = range.middle
    func place(_ isWanted: (Double) -> Bool) -> Int? { asked.firstIndex { $0.share.map(isWanted) ?? false } }
    let failure = asked.firstIndex {
      if case .failed = $0.status { true } else if case .timedOut = $0.status { true } else { false }
    }
    let missing = failure ?? asked.firstIndex { $0.share == nil }
    let shares = asked.compactMap(\.share)
    switch rule {
    case .first:
      // One that fails might have had a verdict.
      let first = asked.firstIndex { $0.status != .abstained }
      return first.map { (asked[$0].share.map { .scored($0) } ?? asked[$0].status, $0) } ?? (.abstained, nil)
    case .all:
      if let wrong = place({ $0 <= middle }) { return (.scored(shares.min() ?? 0), wrong) }
      if let missing { return (asked[missing].status, nil) }
      return shares.min().map { (.scored($0), 0) } ?? (.abstained, nil)
    case .any:
      if let right = place({ $0 > middle }) { return (.scored(shares.max() ?? 1), right) }
      if let missing { return (asked[missing].status, nil) }
      return shares.max().map { (.scored($0), 0) } ?? (.abstained, nil)
    case .majority:
      let right = shares.count { $0 > middle }
      if 2 * right > asked.count { return (.scored(1), place { $0 > middle }) }
      if 2 * (shares.count - right) > asked.count { return (.scored(0), place { $0 <= middle }) }
      return (failure.map { asked[$0].status } ?? .abstained, nil)
    }
  }

  /// Each with the name of the member that made it.
  private func notes(_ verdicts: [Verdict], of places: [Int]) -> [Note] {
    places.flatMap { place in
      verdicts[place].notes.map { note in
        var note = note
        note.message = "\(members[place].name): \(note.message)"
        return note
      }
    }
  }

  private func details(_ verdicts: [Verdict], of places: [Int]) -> JSON? {
    let found = places.compactMap { place in verdicts[place].details.map { (members[place].name, $0) } }
    return found.isEmpty ? nil : .object(JSON.Members(found))
  }
}

extension ClosedRange<Double> {
  /// Where a value stands in it, from 0 to 1.
  fileprivate func share(_ value: Double) -> Double {
    upperBound > lowerBound ? (value - lowerBound) / (upperBound - lowerBound) : value > lowerBound ? 1 : 0
  }
}
