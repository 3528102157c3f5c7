public import PolyaCore
public import PolyaPipeline
internal import PolyaRecords

/// `demonstrate`: a corpus of worked solutions from a task source.
public struct DemonstrateStage: Stage {
  private let tasks: String
  private let strategy: String
  private let heuristics: [String]?
  private let habit: Demonstrating.Habit?
  private let count: Int

  private static let chunk = 4096

  /// Reads the settings of the stage.
  public init(_ reader: ObjectReader) throws {
    tasks = try reader.required("tasks", reader.string("tasks"))
    strategy = try reader.required("strategy", reader.string("strategy"))
    heuristics = try reader.strings("heuristics")
    count = try reader.required("count", reader.integer("count", in: 1...Int(Int32.max)))
    habit = try reader.object("habit").map { habit in
      let value = Demonstrating.Habit(
        heuristic: try habit.required("heuristic", habit.string("heuristic")),
        share: try habit.required("share", habit.real("share", in: 0...1)))
      try habit.finish()
      return value
    }
  }

  /// What the settings name.
  public var needs: StageNeeds { StageNeeds(plugins: [strategy], tasks: [tasks]) }

  /// Does the work of the stage.
  public func run(_ context: StageContext) throws -> StageResult {
    let set = try context.taskSet(tasks)
    guard let source = set.source else {
      throw PolyaError(.configuration, "the tasks '\(tasks)' come from a file", cure: "use tasks of a plugin")
    }
    let demonstrating = try Demonstrating(
      source: source, strategy: try context.roles.strategy(strategy), heuristics: heuristics, habit: habit,
      frame: context.frame, random: context.random)
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

  /// A plugin that fails in a row costs that row; one that fails in many ends the stage with its reason.
  private func check(_ failed: Int, of asked: Int, _ first: PolyaError?, _ context: StageContext) throws {
    if let first { context.observer.warn("a demonstration is missing: \(first.message)") }
    guard Double(failed) > context.maximumMissing * Double(asked) else { return }
    throw PolyaError(
      .run, "\(failed) of \(asked) demonstrations and prompts fail\(first.map { ": \($0.message)" } ?? "")",
      at: "stages.\(context.name)",
      cure: "look at the plugin, or raise run.maximum-missing (\(context.maximumMissing))")
  }
}
