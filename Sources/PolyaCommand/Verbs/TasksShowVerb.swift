internal import PolyaCore
internal import PolyaHost
internal import PolyaRecords

enum TasksShowVerb: Verb {
  static let name = "tasks show"
  static let summary = "Print tasks of a task source as rows of the format polya."
  static let details =
    "  polya plugin help ID shows the splits. A task set of a manifest with the same seed has the same tasks."
  private static let split = Option<String?>(
    "--split", "NAME", "the split to show", standard: "the only one")
  private static let first = Option(
    "--first", "N", "the index of the first task, from 0", default: 0, in: Integers(least: 0))
  private static let count = Option("--count", "N", "number of tasks", default: 5)
  static let options: [any DeclaredOption] =
    [split, first, count, CommonOptions.seed] + CommonOptions.plugin

  /// The number of tasks kept in memory at a time.
  private static let batch = 1024

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let reference = try environment.reference(&arguments)
    let name = try arguments.read(split)
    let first = try arguments.read(first)
    let count = try arguments.read(count)
    let seed = UInt64(try arguments.read(CommonOptions.seed))
    let host = try environment.host(&arguments)
    try arguments.finish()
    let source = try host.taskSource(reference)
    let split = try split(name, of: source)
    guard first < split.count ?? .max else {
      throw PolyaError(
        .configuration, "the split '\(split.name)' has only \(split.count ?? 0) tasks", at: "--first",
        hint: "give a smaller number than \(first)")
    }
    let last = min(first + count, split.count ?? .max)
    for start in stride(from: first, to: last, by: batch) {
      try environment.stop.check()
      let tasks = try source.tasks(split: split.name, range: start..<min(start + batch, last), seed: seed)
      try Console.out(try tasks.map { try $0.row })
    }
  }

  private static func split(_ name: String?, of source: any TaskSource) throws -> TaskSplit {
    if name == nil, let only = source.splits.first, source.splits.count == 1 { return only }
    let known = source.splits.map(\.name)
    guard let name else {
      throw PolyaError(
        .configuration, "--split is missing", at: "polya tasks show",
        hint: "use one of \(known.joined(separator: ", "))")
    }
    guard let split = source.splits.first(where: { $0.name == name }) else {
      throw PolyaError(
        .configuration, "there is no split '\(name)'", at: "--split",
        hint: Suggestion.hint(for: name, among: known))
    }
    return split
  }
}
