package import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

/// The stage `demonstrate`: makes a corpus of worked solutions from a task source.
package struct DemonstrateStage: Stage {
  private let tasks: String
  private let strategy: String
  private let heuristics: [String]?
  private let habit: Demonstrating.Habit?
  private let count: Int

  private static let chunk = 4096

  /// The name of the kind in the manifest.
  package static let kind = "demonstrate"
  /// A sentence that describes the kind.
  package static let summary = "Makes a corpus of a task source's own worked solutions."
  /// The keys of its settings.
  package static let settings: [any DeclaredSetting] = [
    Key.tasks, Key.strategy, Key.count, Key.heuristics, Key.habit,
  ]

  private enum Key {
    static let tasks = Setting.string("tasks", "The task set, from a tasks plugin.")
    static let strategy = Setting.string("strategy", "The strategy plugin that writes the prompts.")
    static let count = Setting.integer("count", in: 1...Int(Int32.max), "Examples to make.")
    static let heuristics = Setting.strings(
      "heuristics", "Only these heuristics."
    ).optional("all that the source and the strategy both know")
    static let habit = NestedSetting.object(
      "habit", of: [heuristic, share], "Examples that put the bare question before one fixed heuristic."
    ).optional("none")
    static let heuristic = Setting.string("heuristic", "The heuristic of these examples.")
    static let share = Setting.real("share", in: 0...1, "Their share of all examples.")
  }

  /// Reads the settings of the stage.
  package init(_ reader: ObjectReader) throws {
    tasks = try reader.read(Key.tasks)
    strategy = try reader.read(Key.strategy)
    heuristics = try reader.read(Key.heuristics)
    count = try reader.read(Key.count)
    habit = try reader.object(Key.habit).map { habit in
      let value = Demonstrating.Habit(
        heuristic: try habit.read(Key.heuristic), share: try habit.read(Key.share))
      try habit.finish()
      return value
    }
  }

  /// The names that the settings refer to.
  package var needs: StageNeeds {
    StageNeeds(strategies: [strategy], tasks: [tasks], template: [.prompt, .target])
  }

  /// Writes the examples as shards.
  package func run(_ context: StageContext) throws -> StageResult {
    let set = try context.taskSet(tasks)
    guard let source = set.source else {
      throw PolyaError(.configuration, "the tasks '\(tasks)' come from a file", hint: "use tasks of a plugin")
    }
    let demonstrating = try Demonstrating(
      source: source, strategy: try context.roles.strategy(strategy), heuristics: heuristics, habit: habit,
      template: context.template, random: context.random)
    var writer = ShardWriter(folder: context.folder, name: "training", recordsPerShard: 1 << 16)
    var (asked, failed) = (0, 0)
    for start in stride(from: 0, to: count, by: Self.chunk) {
      try context.observer.checkStop()
      let range = start..<min(start + Self.chunk, count)
      let part = try demonstrating.records(range, of: set.tasks, id: context.recordID)
      asked += part.asked
      failed += part.failures.count
      try check(failed, of: asked, part.failures.first, context)
      for record in part.records { try writer.append(record.json) }
      context.observer.progress(range.upperBound, of: count, "")
    }
    try writer.flush()
    var summary: JSON.Members = ["examples": JSON(writer.count), "tasks": JSON(set.tasks.count)]
    if failed > 0 { summary["failed"] = JSON(failed) }
    return StageResult(summary: summary)
  }

  /// Warns about the first failed row. Stops the stage if too many rows failed.
  private func check(_ failed: Int, of asked: Int, _ first: PolyaError?, _ context: StageContext) throws {
    if let first { context.observer.warn("a demonstration is missing: \(first.message)") }
    guard Double(failed) > context.maxUnscored * Double(asked) else { return }
    throw PolyaError(
      .run, "\(failed) of \(asked) demonstrations and prompts failed\(first.map { ": \($0.message)" } ?? "")",
      at: "stages.\(context.name)",
      hint: "check the plugin, or raise run.max-unscored (\(context.maxUnscored))")
  }
}
