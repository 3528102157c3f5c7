internal import PolyaCore
internal import PolyaHost

enum BenchVerb: Verb {
  static let name = "bench"
  static let summary = "Measure training, sampling, a GRPO step, and the plugin boundary on this machine."
  static let details = "  Rates are shown with their share of the machine's limit."
  private static let hidden = Option("--hidden", "N", "width of the model", default: 256)
  private static let layers = Option("--layers", "N", "number of layers", default: 6)
  private static let heads = Option("--heads", "N", "number of attention heads", default: 8)
  private static let keyValueHeads = Option("--kv-heads", "N", "number of key-value heads", default: 4)
  private static let feedForward = Option("--ffn", "N", "width of the feed-forward layers", default: 704)
  private static let vocabulary = Option("--vocab", "N", "size of the vocabulary", default: 2048)
  private static let batch = Option("--batch", "N", "sequences in a training batch", default: 32)
  private static let sequence = Option(
    "--seq", "N", "length of a training sequence, in tokens", default: 256, in: Integers(least: 2))
  private static let generateBatch = Option("--gen-batch", "N", "sequences sampled at once", default: 64)
  private static let prompt = Option("--gen-prompt", "N", "length of a prompt, in tokens", default: 64)
  private static let new = Option("--gen-new", "N", "number of tokens sampled per prompt", default: 128)
  private static let records = Option(
    "--records", "N", "number of candidates stored and selected; at most 20000 without --only records",
    default: 100_000)
  private static let precision = Option<String?>(
    "--precision", "P", "what matrices are multiplied in; int8 only samples", standard: "float32",
    choices: Roofline.Numbers.allCases.map(\.rawValue))
  private static let profile = Option("--profile", "show the time shares of a GRPO step")
  private static let only = Option<String?>(
    "--only", "PART", "measure only this part", choices: BenchPart.allCases.map(\.rawValue))
  private static let use = Option<String?>("--use", "ID|FILE", "a reward to measure at the boundary")
  static let options: [any DeclaredOption] =
    [
      hidden, layers, heads, keyValueHeads, feedForward, vocabulary, batch, sequence, generateBatch, prompt,
      new,
      records, precision, profile, only, use,
    ] + CommonOptions.host

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let only = try arguments.read(only).flatMap { BenchPart(rawValue: $0) }
    let isProfile = try arguments.read(profile)
    let reward = try arguments.read(use).map {
      PluginReference(name: $0, use: $0, folder: try environment.workingFolder())
    }
    let shape = BenchShape(
      hidden: try arguments.read(hidden), layers: try arguments.read(layers),
      heads: try arguments.read(heads),
      keyValueHeads: try arguments.read(keyValueHeads), feedForward: try arguments.read(feedForward),
      vocabulary: try arguments.read(vocabulary))
    let work = BenchWork(
      batch: try arguments.read(batch), sequence: try arguments.read(sequence),
      generateBatch: try arguments.read(generateBatch), prompt: try arguments.read(prompt),
      new: try arguments.read(new))
    let records = try arguments.read(records)
    let precision = try arguments.read(precision).flatMap { Roofline.Numbers(rawValue: $0) } ?? .float32
    if precision == .int8, only == .training || only == .grpo {
      throw PolyaError(
        .configuration, "int8 only samples, so there is no training to measure", at: "--precision",
        hint: "measure bf16 or float32, or --only sampling")
    }
    var settings = try environment.hostSettings(&arguments)
    settings.crashes = nil
    let host = try environment.host(settings)
    try arguments.finish()
    var result = JSON.Members()
    if only == nil || only == .records {
      result = try RecordsBench(count: only == .records ? records : min(records, 20_000)).run()
    }
    if only != .boundary, only != .records {
      let folder = try environment.workingFolder()
      let model = try Bench(
        shape, work, threads: settings.threads, isProfile: isProfile, host: host, folder: folder,
        precision: precision
      ).run(only: only)
      for (key, value) in model { result[key] = value }
    }
    if only == nil || only == .boundary {
      let boundary = try BoundaryBench.run(try environment.host(settings), reward: reward)
      for (key, value) in boundary { result[key] = value }
    }
    if asJSON {
      try Console.out(.object(result))
    } else {
      let rows = result.map { key, value in
        [key, value.real.map { $0.formatted($0 < 10 ? 3 : 0) } ?? value.compact]
      }
      try Table.lines(rows).forEach { try Console.out($0) }
    }
  }
}
