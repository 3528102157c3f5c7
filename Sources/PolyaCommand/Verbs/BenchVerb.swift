internal import PolyaCore
internal import PolyaHost

enum BenchVerb: Verb {
  static let name = "bench"
  static let usage =
    "[--hidden N] [--layers N] [--heads N] [--kv-heads N] [--ffn N] [--vocab N] [--batch N] [--seq N] [--gen-batch N] "
    + "[--gen-prompt N] [--gen-new N] [--threads N] [--json]"
  static let summary = "Measure training, sampling, a GRPO step and plugin dispatch on this machine."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = arguments.flag("--json")
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
    let threads = try arguments.integer("--threads") ?? environment.cores
    let verbose = arguments.flag("--verbose")
    let host = try environment.host(CommandEnvironment.HostSettings(threads: threads, verbose: verbose))
    try arguments.finish()
    let bench = try Bench(shape, work, threads: threads, host: host, folder: try environment.workingFolder())
    let result = try bench.run()
    if asJSON {
      Console.out(.object(result))
    } else {
      let rows = result.map { key, value in
        [key, value.real.map { $0.formatted($0 < 10 ? 3 : 0) } ?? value.compact]
      }
      Table.lines(rows).forEach { Console.out($0) }
    }
  }
}
