package import PolyaCore

/// One component of another reward's verdicts as a reward of its own, so that its advantage can be estimated by itself.
///
/// A value above one half counts as right. A verdict without the component is an abstention.
package final class ComponentReward: Reward {
  private let verdicts: SharedVerdicts
  private let index: Int
  private let component: String
  /// Its middle decides what is right; a value may lie outside.
  package let range = 0.0...1.0
  /// The reward's id and the component.
  package var id: String { "\(verdicts.id)/\(component)" }
  /// As the reward's.
  package var wantsWholeGroups: Bool { verdicts.wantsWholeGroups }

  /// Creates a reward.
  ///
  /// - Throws: `configuration`, at `place`, if there is no such component.
  package init(_ component: String, of verdicts: SharedVerdicts, at place: String) throws {
    guard let index = verdicts.components.firstIndex(of: component) else {
      throw PolyaError(
        .configuration, "the reward '\(verdicts.id)' has no component '\(component)'", at: place,
        hint: verdicts.components.isEmpty
          ? "it has none at all" : Suggestion.hint(for: component, among: verdicts.components))
    }
    self.verdicts = verdicts
    self.index = index
    self.component = component
  }

  /// Returns verdicts whose score is the component.
  package func score(_ answers: [Answer], seed: UInt64) throws -> [Verdict] {
    try verdicts.score(answers, seed: seed).map { verdict in
      guard case .scored = verdict.status else { return verdict }
      guard verdict.components.indices.contains(index), !verdict.components[index].isNaN else {
        return .abstained(notes: [Note("the component '\(component)' is missing")])
      }
      var own = verdict
      own.status = .scored(verdict.components[index])
      own.components = []
      return own
    }
  }
}

/// A reward that is asked once for answers, although several entries of a stage use its verdicts one after the other.
package final class SharedVerdicts: Reward {
  private let reward: any Reward
  private var last: (seed: UInt64, ids: [UInt64], verdicts: [Verdict])?
  /// As the reward's, like all that follows.
  package var id: String { reward.id }
  /// The range of scores.
  package var range: ClosedRange<Double> { reward.range }
  /// The names of the components.
  package var components: [String] { reward.components }
  /// Whether whole groups are scored at once.
  package var wantsWholeGroups: Bool { reward.wantsWholeGroups }

  /// Creates a reward that asks another one.
  package init(_ reward: any Reward) { self.reward = reward }

  /// Returns the reward's verdicts, those of the last call if it was for the same answers.
  package func score(_ answers: [Answer], seed: UInt64) throws -> [Verdict] {
    let ids = answers.map(\.id)
    if let last, last.seed == seed, last.ids == ids { return last.verdicts }
    let verdicts = try reward.score(answers, seed: seed)
    last = (seed, ids, verdicts)
    return verdicts
  }
}
