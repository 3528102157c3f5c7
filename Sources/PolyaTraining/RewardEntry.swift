internal import PolyaCore
internal import PolyaPipeline

/// What a stage maximizes: a reward plugin's score, or one component of its verdicts.
struct RewardEntry: Sendable, Equatable {
  /// The plugin's name in the manifest.
  let use: String
  /// The component; nil for the score.
  let component: String?
  /// The factor in the weighted sum.
  let weight: Double

  /// The name in records and metrics.
  var name: String { component.map { "\(use)/\($0)" } ?? use }

  static let settings: [any DeclaredSetting] = [useSetting, componentSetting, weightSetting]
  private static let useSetting = Setting.string("use", "A reward plugin or panel.")
  private static let componentSetting = Setting.string(
    "component", "The component of its verdicts that counts instead of the score; above 0.5 is right."
  ).optional("the score counts")
  private static let weightSetting = Setting.real("weight", in: -1e6...1e6, "Its factor in the weighted sum.")
    .standard(1)

  /// Reads the entries of a list.
  static func list(_ readers: [ObjectReader], at place: String) throws -> [RewardEntry] {
    var entries: [RewardEntry] = []
    for reader in readers {
      let entry = RewardEntry(
        use: try reader.read(useSetting), component: try reader.read(componentSetting),
        weight: try reader.read(weightSetting))
      try reader.finish()
      guard !entries.contains(where: { $0.name == entry.name }) else {
        throw PolyaError(.configuration, "names '\(entry.name)' twice", at: place, hint: "give it one weight")
      }
      entries.append(entry)
    }
    guard !entries.isEmpty else {
      throw PolyaError(.configuration, "must name at least one reward", at: place)
    }
    return entries
  }

  /// Returns the rewards of entries. Entries with the same plugin share its verdicts.
  static func rewards(_ entries: [RewardEntry], _ context: StageContext) throws -> [Reinforcement
    .WeightedReward]
  {
    var shared: [String: SharedVerdicts] = [:]
    return try entries.enumerated().map { index, entry in
      let verdicts = try shared[entry.use] ?? SharedVerdicts(context.reward(entry.use))
      shared[entry.use] = verdicts
      let place = "stages.\(context.name).rewards[\(index)].component"
      let reward: any Reward =
        try entry.component.map {
          try ComponentReward($0, of: verdicts, at: place)
        } ?? verdicts
      return Reinforcement.WeightedReward(entry.name, reward, weight: entry.weight)
    }
  }
}
