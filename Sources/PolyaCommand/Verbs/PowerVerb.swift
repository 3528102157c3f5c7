internal import PolyaCore
internal import PolyaEvaluation
internal import PolyaPipeline
internal import PolyaRecords

enum PowerVerb: Verb {
  static let name = "power"
  static let summary =
    "Say how many questions and samples a comparison needs, by models that a run has evaluated or before any run."
  static let operands = "[RUN MODEL [OTHER]]"
  static let details = """
      Without a run, say which accuracy you expect, and how much it varies over questions: 0 would be questions of one difficulty, and
      the most, sqrt(accuracy (1 - accuracy)), questions that are answered always or never. With two models, the difference varies over questions as theirs does. With one, the other is taken to be as good on each question,
      so that only samples differ: the least that is needed. Questions are for a two-sided error of 5%, by the normal approximation.
    """
  private static let effect = Option<Double>(
    "--effect", "POINTS", "the difference to find, in percentage points", default: 3)
  private static let power = Option<Double>("--power", "SHARE", "how surely to find it", default: 0.8)
  private static let stage = Option<String?>(
    "--stage", "NAME", "the evaluate stage, if several have the models")
  private static let tasks = Option<String?>("--tasks", "NAME", "only this task set")
  private static let accuracy = Option<Double?>(
    "--accuracy", "SHARE", "without a run: the expected pass@1, between 0 and 1")
  private static let spread = Option<Double>(
    "--spread", "SHARE", "without a run: the standard deviation of a question's accuracy", default: 0.3)
  private static let samples = Option<Int>(
    "--samples", "N", "without a run: samples of each question", default: 16, in: Integers(most: 1024))
  private static let questions = Option<Int>(
    "--questions", "N", "without a run: how many questions there are", default: 500,
    in: Integers(most: 1_000_000))
  static let options: [any DeclaredOption] = [
    effect, power, stage, tasks, accuracy, spread, samples, questions,
  ]

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let points = try arguments.read(effect)
    let share = try arguments.read(power)
    let (wantedStage, wantedTasks) = (try arguments.read(stage), try arguments.read(tasks))
    let assumption = try assumption(&arguments)
    let run = try assumption == nil ? arguments.positional("the folder of a run, or --accuracy") : nil
    let model = try assumption == nil ? arguments.positional("a model's name") : nil
    let other = try assumption == nil ? arguments.optionalPositional() : nil
    try arguments.finish()
    guard points > 0, points <= 100 else {
      throw PolyaError(
        .configuration, "must be above 0 and at most 100 percentage points, not \(points)", at: "--effect")
    }
    guard share > 0, share < 1 else {
      throw PolyaError(.configuration, "must be between 0 and 1, not \(share)", at: "--power")
    }
    let size = SampleSize(power: share)
    let title = "to find \(points.formatted(1)) points with \((100 * share).formatted(0))% power"
    if let assumption {
      try show(assumption.rows(points / 100, size), assumption.questions, title, asJSON)
    }
    guard let run, let model else { return }
    let folder = RunFolder(run)
    let found = try EvaluatedModels.find([model] + (other.map { [$0] } ?? []), in: folder, stage: wantedStage)
    for set in try found.taskSets(wantedTasks) {
      let records = found.of(model, set)
      let study = PilotStudy(
        records, other.map { found.of($0, set) }, random: Randomness(seed: 0).stream("power").stream(set))
      let ks = PassAtK.curve(samples: records.map(\.scored).filter { $0 > 1 }.min() ?? 0)
      // Where nothing varied, the pilot says nothing, not that one question is enough.
      let all = study.rows(ks: ks, effect: points / 100, size: size)
      let rows = all.filter { $0.deviation > 0 }
      guard all.isEmpty || !rows.isEmpty else {
        throw PolyaError(
          .run, "all questions of '\(set)' were answered alike, which says nothing about others",
          at: folder.path,
          hint: "say what you expect with --accuracy and --spread")
      }
      guard !rows.isEmpty else {
        throw PolyaError(
          .run, "'\(set)' has fewer than two questions with two verdicts of each model", at: folder.path)
      }
      try show(rows, study.questions, "\(set): \(title)", asJSON, ["tasks": .string(set)])
    }
  }

  /// What is assumed where there is no run.
  private struct Assumption {
    let difficulty: AssumedDifficulty
    let samples, questions: Int

    func rows(_ effect: Double, _ size: SampleSize) -> [PilotStudy.Row] {
      let ks = PassAtK.curve(samples: samples)
      return difficulty.rows(
        ks: ks, samples: ks + [2 * samples, 4 * samples], effect: effect, questions: questions, size: size)
    }
  }

  private static func assumption(_ arguments: inout Arguments) throws -> Assumption? {
    let mean = try arguments.read(accuracy)
    let deviation = try arguments.read(spread)
    let (samples, questions) = (try arguments.read(samples), try arguments.read(questions))
    guard let mean else { return nil }
    guard let difficulty = AssumedDifficulty(mean: mean, deviation: deviation) else {
      throw PolyaError(
        .configuration, "no accuracies between 0 and 1 have the mean \(mean) and the deviation \(deviation)",
        at: mean > 0 && mean < 1 ? "--spread" : "--accuracy",
        hint: "the deviation must be at least 0.001 and below sqrt(accuracy (1 - accuracy))")
    }
    return Assumption(difficulty: difficulty, samples: samples, questions: questions)
  }

  private static func show(
    _ rows: [PilotStudy.Row], _ questions: Int, _ title: String, _ asJSON: Bool, _ about: JSON.Members = [:]
  ) throws {
    guard !asJSON else {
      var members = about
      members["rows"] = .array(rows.map(json))
      return try Console.out(.object(members))
    }
    try Console.out(title)
    try Table.lines(
      [["metric", "samples", "questions needed", "found with \(questions) questions"]]
        + rows.map {
          [
            "pass@\($0.k)", "\($0.samples)", "\($0.questions)",
            "\((100 * $0.detectable).formatted(1)) points",
          ]
        }
    ).forEach { try Console.out($0) }
  }

  private static func json(_ row: PilotStudy.Row) -> JSON {
    [
      "k": JSON(row.k), "samples": JSON(row.samples), "deviation": JSON(row.deviation),
      "questions": JSON(row.questions), "detectable": JSON(row.detectable),
    ]
  }
}
