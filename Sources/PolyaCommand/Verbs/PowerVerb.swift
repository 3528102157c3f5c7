internal import PolyaCore
internal import PolyaEvaluation
internal import PolyaPipeline
internal import PolyaRecords

enum PowerVerb: Verb {
  static let name = "power"
  static let summary =
    "Say how many questions and samples a comparison needs, by models that a run has evaluated."
  static let operands = "RUN MODEL [OTHER]"
  static let details = """
      With two models, the difference varies over questions as theirs does. With one, the other is taken to be as good on each question,
      so that only samples differ: the least that is needed. Questions are for a two-sided error of 5%, by the normal approximation.
    """
  private static let effect = Option<Double>(
    "--effect", "POINTS", "the difference to find, in percentage points", default: 3)
  private static let power = Option<Double>("--power", "SHARE", "how surely to find it", default: 0.8)
  private static let stage = Option<String?>(
    "--stage", "NAME", "the evaluate stage, if several have the models")
  private static let tasks = Option<String?>("--tasks", "NAME", "only this task set")
  static let options: [any DeclaredOption] = [effect, power, stage, tasks]

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let points = try arguments.read(effect)
    let share = try arguments.read(power)
    let (wantedStage, wantedTasks) = (try arguments.read(stage), try arguments.read(tasks))
    let folder = RunFolder(try arguments.positional("the folder of a run"))
    let model = try arguments.positional("a model's name")
    let other = try arguments.optionalPositional()
    try arguments.finish()
    guard points > 0, points <= 100 else {
      throw PolyaError(
        .configuration, "must be above 0 and at most 100 percentage points, not \(points)", at: "--effect")
    }
    guard share > 0, share < 1 else {
      throw PolyaError(.configuration, "must be between 0 and 1, not \(share)", at: "--power")
    }
    let found = try EvaluatedModels.find([model] + (other.map { [$0] } ?? []), in: folder, stage: wantedStage)
    for set in try found.taskSets(wantedTasks) {
      let records = found.of(model, set)
      let study = PilotStudy(
        records, other.map { found.of($0, set) }, random: Randomness(seed: 0).stream("power").stream(set))
      let ks = PassAtK.curve(samples: records.map(\.scored).min() ?? 0)
      let rows = study.rows(ks: ks, effect: points / 100, size: SampleSize(power: share))
      guard !rows.isEmpty else {
        throw PolyaError(
          .run, "'\(set)' has fewer than two questions with two verdicts of each model", at: folder.path)
      }
      guard !asJSON else {
        try Console.out(["tasks": .string(set), "rows": .array(rows.map(json))])
        continue
      }
      try Console.out(
        "\(set): to find \(points.formatted(1)) points with \((100 * share).formatted(0))% power")
      try Table.lines(
        [["metric", "samples", "questions needed", "found with \(study.questions) questions"]]
          + rows.map {
            [
              "pass@\($0.k)", "\($0.samples)", "\($0.questions)",
              "\((100 * $0.detectable).formatted(1)) points",
            ]
          }
      ).forEach { try Console.out($0) }
    }
  }

  private static func json(_ row: PilotStudy.Row) -> JSON {
    [
      "k": JSON(row.k), "samples": JSON(row.samples), "deviation": JSON(row.deviation),
      "questions": JSON(row.questions), "detectable": JSON(row.detectable),
    ]
  }
}
