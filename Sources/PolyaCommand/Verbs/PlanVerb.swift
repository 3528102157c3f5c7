internal import PolyaCore
internal import PolyaPipeline

enum PlanVerb: Verb {
  static let name = "plan"
  static let summary = "Show which stages a run would execute, and what they would take."
  static let operands = "MANIFEST|RUN"
  static let details = """
      DISK is the size of a stage's result. With '~' it is an estimate: what an earlier result of the stage takes, or of
      a model yet to be trained its weights in float32, to which records are added (adapters take far less). '?' is for
      records, whose size depends on the answers. While it trains, a stage takes up to six times as much for its saved
      progress.
      TOKENS counts sampled and trained tokens. With '~' they are scaled from what the same stage took before, or stages
      of its kind, with the same model in this run's folder; '<' is an upper bound: every sample at full length. TIME is
      what the models alone take, at the speed they had in this folder or at that of --rate. COST follows from the options
      price-in, price-out and price-train of a model plugin, in their unit. Models that only score, such as those of rewards,
      are not counted. A trial with few tasks, such as polya run MANIFEST --set tasks.train.count=8, gives plan what it needs.
    """
  private static let rate = Option<[String]>(
    "--rate", "NAME=S[/T]", "tokens per second that a model plugin samples, and trains")
  static let options: [any DeclaredOption] = [RunVerb.stage, rate] + CommonOptions.run

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let targets = try arguments.read(RunVerb.stage)
    let stated = try arguments.read(rate)
    let session = try RunSession.open(&arguments, environment)
    let rates = try Self.rates(stated, plugins: session.manifest.plugins.map(\.name))
    let observer = ConsoleObserver(title: "plan", stop: session.stop)
    let steps = try session.pipeline.estimatedPlan(targets: targets, rates: rates, observer: observer).steps
    guard !asJSON else { return try steps.forEach { try Console.out(json($0)) } }
    for step in steps {
      if let damage = step.damage { Console.message("warning: stage '\(step.name)': \(damage)") }
    }
    let isPriced = session.manifest.plugins.contains { _, plugin in
      plugin.options.contains { $0.key.hasPrefix("price-") }
    }
    let header =
      ["STATE", "STAGE", "KIND", "KEY", "DISK", "TOKENS", "TIME"] + (isPriced ? ["COST"] : []) + ["NEEDS"]
    let rows = steps.map { step in
      [
        step.isFinished ? "up to date" : step.damage == nil ? "will run" : "damaged, will run", step.name,
        step.kind, String(step.key.prefix(12)), step.disk?.description ?? "?",
      ] + estimates(step.work, isPriced: isPriced) + [step.needs.joined(separator: ", ")]
    }
    let work = steps.compactMap(\.work)
    let all = work.reduce(into: WorkEstimate()) { $0.add($1) }
    let sum = [["", "in all", "", "", ""] + estimates(all, isPriced: isPriced) + [""]]
    try Table.lines([header] + rows + (work.count > 1 ? sum : [])).forEach { try Console.out($0) }
  }

  private static func json(_ step: Pipeline.Plan.Step) -> JSON {
    [
      "stage": .string(step.name), "kind": .string(step.kind), "key": .string(step.key),
      "needs": .array(step.needs.map { .string($0) }), "finished": .bool(step.isFinished),
      "damage": step.damage.map { .string($0) } ?? .null, "disk": step.disk?.json ?? .null,
      "work": step.work?.json ?? .null,
    ]
  }

  private static func rates(_ stated: [String], plugins: [String]) throws -> [String: ModelRate] {
    var rates: [String: ModelRate] = [:]
    for text in stated {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let numbers =
        parts.last?.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) } ?? []
      guard parts.count == 2, (1...2).contains(numbers.count),
        numbers.allSatisfy({ $0.map { $0 > 0 && $0.isFinite } ?? false })
      else {
        throw PolyaError(
          .configuration, "--rate must be NAME=S or NAME=S/T, tokens per second above 0, not '\(text)'",
          at: "polya plan",
          hint: "for example --rate fast=2500/800")
      }
      let name = String(parts[0])
      guard plugins.contains(name) else {
        throw PolyaError(
          .configuration, "there is no plugin '\(name)'", at: "--rate",
          hint: Suggestion.hint(for: name, among: plugins))
      }
      rates[name] = ModelRate(sampling: numbers[0], training: numbers.count > 1 ? numbers[1] : nil)
    }
    return rates
  }

  private static func estimates(_ work: WorkEstimate?, isPriced: Bool) -> [String] {
    guard let work else { return ["", ""] + (isPriced ? [""] : []) }
    guard !work.isUnknown else { return ["?", "?"] + (isPriced ? ["?"] : []) }
    var tokens: [String] = []
    if work.sampled.tokens > 0 {
      tokens.append("\(work.sampled.isBound ? "<" : "~") \(count(work.sampled.tokens)) sampled")
    }
    if work.trainedTokens != 0 {
      tokens.append((work.trainedTokens.map { "~ " + count($0) } ?? "?") + " trained")
    }
    let sign = work.sampled.isBound ? "<" : "~"
    let time = work.seconds.map { "\(sign) \(Duration.text($0))" } ?? "?"
    let cost = work.cost.map { $0 == 0 ? "" : "\(sign) \($0.formatted(2))" } ?? "?"
    return [tokens.joined(separator: ", "), time] + (isPriced ? [cost] : [])
  }

  private static func count(_ tokens: Int) -> String {
    let units = ["", " k", " M", " G", " T"]
    var (value, unit) = (Double(tokens), 0)
    while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return value.formatted(unit == 0 || value >= 100 ? 0 : value < 10 ? 2 : 1) + units[unit]
  }
}
