internal import PolyaCore
internal import PolyaDialogue

extension Reinforcement {
  /// Returns the mean reward, or nil if no rollout has one.
  static func meanReward(_ rollouts: [Rollout]) -> Double? {
    let rewards = rollouts.compactMap(\.reward)
    // Rollouts without a verdict do not count as zero.
    return rewards.isEmpty ? nil : rewards.mean
  }

  /// Records the metrics of a step's rollouts.
  func describe(_ rollouts: [Rollout], _ step: Int, _ observer: any StageObserver) {
    for (index, entry) in rewards.enumerated() {
      describe(entry, rollouts.map { $0.verdicts[index] }, step, observer)
    }
    let count = Double(max(rollouts.count, 1))
    if let mean = Self.meanReward(rollouts) { observer.metric(.rewardMean, mean, step: step) }
    observer.metric(.rewardUnscored, Double(rollouts.count { $0.reward == nil }) / count, step: step)
    describeGroups(rollouts, step, observer)
    describeHeuristics(rollouts, step, observer)
    observer.metric(
      .completionTokens, Double(rollouts.reduce(0) { $0 + $1.sampledTokens }) / count, step: step)
    observer.metric(.completionTruncated, Double(rollouts.count(where: \.isTruncated)) / count, step: step)
    if rollouts.contains(where: { $0.dialogue.turns.count > 1 }) {
      observer.metric(
        .insertedTokens, Double(rollouts.reduce(0) { $0 + $1.dialogue.insertedTokens }) / count, step: step)
    }
    guard settings.objective.kl.place == .reward, reference != nil else { return }
    let tokens = Double(max(rollouts.reduce(0) { $0 + $1.tokenCount }, 1))
    let estimator = settings.objective.kl.estimator
    let sum = rollouts.reduce(0) { sum, rollout in
      zip(rollout.logprobs, rollout.references ?? []).reduce(sum) {
        $0 + estimator.value(Double($1.0), $1.1).value
      }
    }
    observer.metric(.kl, sum / tokens, step: step)
  }

  private func describeGroups(_ rollouts: [Rollout], _ step: Int, _ observer: any StageObserver) {
    let groups = Dictionary(grouping: rollouts, by: \.group).values
    let count = Double(max(groups.count, settings.promptsPerStep))
    observer.metric(.groupsMixed, Double(Self.mixedGroups(rollouts)) / count, step: step)
    let scored = groups.map { $0.filter { $0.reward != nil } }.filter { !$0.isEmpty }
    observer.metric(.groupsRight, Double(scored.count { $0.allSatisfy(\.isRight) }) / count, step: step)
    observer.metric(.groupsWrong, Double(scored.count { !$0.contains(where: \.isRight) }) / count, step: step)
  }

  /// Records the share of right answers that follow each heuristic, and of those that combine several.
  private func describeHeuristics(_ rollouts: [Rollout], _ step: Int, _ observer: any StageObserver) {
    let known = labeler?.heuristics.map(\.id) ?? (approaches.isBare ? [] : approaches.heuristics)
    guard !known.isEmpty else { return }
    let right = rollouts.filter(\.isRight).map { $0.heuristics ?? [] }
    guard !right.isEmpty else { return }
    let count = Double(right.count)
    for heuristic in known {
      observer.metric(
        .heuristic(heuristic), Double(right.count { $0.contains(heuristic) }) / count, step: step)
    }
    observer.metric(.composed, Double(right.count { $0.count > 1 }) / count, step: step)
  }

  /// Records the metrics of one reward for the rollouts of a step.
  private func describe(
    _ entry: WeightedReward, _ verdicts: [Verdict], _ step: Int, _ observer: any StageObserver
  ) {
    let count = Double(max(verdicts.count, 1))
    var (abstained, failed) = (0, 0)
    var sums = Array(repeating: (sum: 0.0, count: 0), count: 1 + entry.reward.components.count)
    for verdict in verdicts {
      switch verdict.status {
      case .abstained: abstained += 1
      case .failed, .timedOut: failed += 1
      case .scored(let score):
        for (index, value) in ([score] + verdict.components).enumerated() where !value.isNaN {
          sums[index].sum += value
          sums[index].count += 1
        }
      }
    }
    for (name, sum) in zip(["mean"] + entry.reward.components, sums) where sum.count > 0 {
      observer.metric(.reward(entry.name, name), sum.sum / Double(sum.count), step: step)
    }
    observer.metric(.reward(entry.name, "abstained"), Double(abstained) / count, step: step)
    observer.metric(.reward(entry.name, "failed"), Double(failed) / count, step: step)
  }
}
