package import PolyaCore

/// An entry of `panels`: several rewards that give one verdict.
package struct PanelEntry: Sendable, Equatable {
  /// The names of the reward plugins, in the order in which they count.
  package var rewards: [String]
  /// How their verdicts become one.
  package var rule: Panel.Rule

  private enum Key {
    static let rewards = Setting.strings(
      "rewards",
      "The reward plugins that are asked. One that does not read references of a row's kind does not count for that row."
    )
    static let rule = Setting<Panel.Rule>.choice(
      "rule",
      "How the verdicts of those that count become one: what all, any, or most of them say, or the first verdict."
    ).standard(.first)
  }

  /// The keys of an entry.
  package static let settings: [any DeclaredSetting] = [Key.rewards, Key.rule]

  init(_ reader: ObjectReader) throws {
    rewards = try reader.read(Key.rewards)
    rule = try reader.read(Key.rule)
    guard !rewards.isEmpty, Set(rewards).count == rewards.count else {
      throw PolyaError(
        .configuration, "needs at least one reward, and each only once", at: "\(reader.path).rewards")
    }
  }

  /// What the keys of stages depend on.
  var json: JSON { ["rewards": .array(rewards.map { .string($0) }), "rule": .string(rule.rawValue)] }
}

extension Manifest {
  /// Returns a reward by the name of a plugin or of a panel.
  package func reward(_ name: String, _ roles: any RoleProvider) throws -> any Reward {
    guard let panel = panels.first(where: { $0.name == name })?.panel else { return try roles.reward(name) }
    return Panel(try panel.rewards.map { ($0, try roles.reward($0)) }, rule: panel.rule)
  }

  /// The plugins that a stage names as a reward: itself, or the members of a panel.
  func rewards(_ name: String) -> [String] { panels.first { $0.name == name }?.panel.rewards ?? [name] }

  /// The plugins of a stage but those of its models.
  func plugins(of needs: StageNeeds) -> [String] { needs.strategies + needs.rewards.flatMap { rewards($0) } }

  /// The panels that a stage uses, as its key and its description state them.
  func panels(of needs: StageNeeds) -> JSON.Members {
    JSON.Members(panels.filter { needs.rewards.contains($0.name) }.map { ($0.name, $0.panel.json) })
  }
}
