internal import PolyaCore
internal import PolyaHost

enum BenchVerb: Verb {
  static let name = "bench"
  static let usage =
    "[--hidden N] [--layers N] [--heads N] [--kv-heads N] [--ffn N] [--vocab N] [--batch N] [--seq N] [--gen-batch N] "
    + "[--gen-prompt N] [--gen-new N] [--threads N] [--profile] [--only PART] [--records N] [--use REWARD] [--json]"
  static let summary =
    "Measure training, sampling, a GRPO step and the plugin boundary on this machine, and each rate's share of what the machine could do. --profile: shares of a GRPO step; --only: training, sampling, grpo, boundary or records; --records: how many candidates are stored and selected (100000); --use: a reward of your own at the boundary."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = arguments.flag("--json")
    let only = try arguments.value("--only").map { try part(named: $0) }
    let isProfile = arguments.flag("--profile")
    let reward = try arguments.value("--use").map {
      PluginReference(name: $0, use: $0, folder: try environment.workingFolder())
    }
    let shape = BenchShape(
      hidden: try arguments.integer("--hidden") ?? 256, layers: try arguments.integer("--layers") ?? 6,
      heads: try arguments.integer("--heads") ?? 8, keyValueHeads: try arguments.integer("--kv-heads") ?? 4,
      feedForward: try arguments.integer("--ffn") ?? 704, vocabulary: try arguments.integer("--vocab") ?? 2048
    )
    let work = BenchWork(
      batch: try arguments.integer("--batch") ?? 32,
      sequence: try arguments.integer("--seq", atLeast: 2) ?? 256,
      generateBatch: try arguments.integer("--gen-batch") ?? 64,
      prompt: try arguments.integer("--gen-prompt") ?? 64,
      new: try arguments.integer("--gen-new") ?? 128)
    let records = try arguments.integer("--records") ?? 100_000
    let threads = try arguments.integer("--threads") ?? environment.cores
    let verbose = arguments.flag("--verbose")
    let settings = CommandEnvironment.HostSettings(threads: threads, verbose: verbose, crashes: nil)
    let host = try environment.host(settings)
    try arguments.finish()
    var result = JSON.Members()
    if only == nil || only == .records {
      result = try RecordsBench(count: only == .records ? records : min(records, 20_000)).run()
    }
    if only != .boundary, only != .records {
      let folder = try environment.workingFolder()
      let model = try Bench(
        shape, work, threads: threads, isProfile: isProfile, host: host, folder: folder
      ).run(only: only)
      for (key, value) in model { result[key] = value }
    }
    if only == nil || only == .boundary {
      let boundary = try BoundaryBench.run(try environment.host(settings), reward: reward)
      for (key, value) in boundary { result[key] = value }
    }
    if asJSON {
      Console.out(.object(result))
    } else {
      let rows = result.map { key, value in
        [key, value.real.map { $0.formatted($0 < 10 ? 3 : 0) } ?? value.compact]
      }
      Table.lines(rows).forEach { Console.out($0) }
    }
  }

  private static func part(named name: String) throws -> BenchPart {
    guard let part = BenchPart(rawValue: name) else {
      throw PolyaError(
        .configuration, "there is no part '\(name)' to measure", at: "polya bench",
        cure: Suggestion.cure(for: name, among: BenchPart.allCases.map(\.rawValue)))
    }
    return part
  }
}
