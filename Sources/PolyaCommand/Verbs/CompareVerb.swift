internal import PolyaCore
internal import PolyaEvaluation
internal import PolyaPipeline
internal import PolyaRecords

enum CompareVerb: Verb {
  static let name = "compare"
  static let summary =
    "Compare two models that a run has evaluated: the whole curve of pass@k, and which questions were lost."
  static let operands = "RUN FIRST SECOND"
  static let details = """
      Differences are FIRST minus SECOND on the same questions, with 95% bootstrap intervals over questions. q is p adjusted for all
      rows, so that at most that share of what is called a difference is none. A question is lost if SECOND answers it at least
      once and FIRST never. FIRST and SECOND can each be several names separated by commas, which stand for training seeds of one arm.
    """
  private static let stage = Option<String?>(
    "--stage", "NAME", "the evaluate stage, if several have both models")
  private static let tasks = Option<String?>("--tasks", "NAME", "only this task set")
  static let options: [any DeclaredOption] = [stage, tasks]

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let (wantedStage, wantedTasks) = (try arguments.read(stage), try arguments.read(tasks))
    let folder = RunFolder(try arguments.positional("the folder of a run"))
    let names = (try arguments.positional("a model's name"), try arguments.positional("another model's name"))
    try arguments.finish()
    let (firstModels, secondModels) = (try Self.models(names.0), try Self.models(names.1))
    let found = try EvaluatedModels.find(firstModels + secondModels, in: folder, stage: wantedStage)
    var comparisons: [ComparisonRecord] = []
    var coverage: [CoverageRecord] = []
    for set in try found.taskSets(wantedTasks) {
      let (first, second) = (found.arm(names.0, firstModels, set), found.arm(names.1, secondModels, set))
      let all = (first.records + second.records).map { $0.map(\.task) }
      guard all.allSatisfy({ $0 == all[0] }) else {
        throw PolyaError(
          .corrupt, "the models were not asked the same questions of '\(set)'", at: folder.path)
      }
      let samples = (first.records + second.records).joined().map { $0.scored + $0.unscored }.min() ?? 0
      let metrics = PassAtK.curve(samples: samples).map { ScoreMetric.pass($0) }
      let seed = Randomness(seed: 0).stream("compare").stream(set).key
      comparisons += try Scoring(metrics, seed: seed).compare(first, second, tasks: set)
      coverage += Scoring.coverage(first, second, tasks: set)
    }
    comparisons = Scoring.adjusted(comparisons)
    guard !asJSON else {
      return try Console.out([
        "comparisons": .array(comparisons.map(\.json)), "coverage": .array(coverage.map(\.json)),
      ])
    }
    try Console.out("\(names.0) minus \(names.1), in percentage points")
    try Table.lines(rows(comparisons)).forEach { try Console.out($0) }
    for record in coverage { try show(record) }
  }

  private static func models(_ operand: String) throws -> [String] {
    let names = operand.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
    guard !names.contains(""), Set(names).count == names.count else {
      throw PolyaError(
        .configuration, "'\(operand)' is not a model's name, or several different ones separated by commas",
        at: "polya compare")
    }
    return names
  }

  private static func rows(_ comparisons: [ComparisonRecord]) -> [[String]] {
    func points(_ value: Double) -> String { (value < 0 ? "" : "+") + (100 * value).formatted(1) }
    return [["tasks", "metric", "difference", "95% interval", "p", "q", "questions"]]
      + comparisons.map {
        [
          $0.tasks, $0.metric, points($0.difference), "\(points($0.low)) to \(points($0.high))",
          probability($0.probability), probability($0.adjusted ?? 1), "\($0.questions)",
        ]
      }
  }

  private static func probability(_ value: Double) -> String { value < 0.001 ? "<0.001" : value.formatted(3) }

  private static func show(_ coverage: CoverageRecord) throws {
    let change = Double(coverage.solvedFirst - coverage.solvedSecond) / Double(max(coverage.questions, 1))
    try Console.out(
      """

      \(coverage.tasks): of \(coverage.questions) questions, \(coverage.second) solves \(coverage.solvedSecond) at least once and \
      \(coverage.first) \(coverage.solvedFirst): \(coverage.lost.count) lost, \(coverage.gained) gained \
      (\((100 * change).formatted(1)) points, p \(probability(coverage.probability)); \
      \((100 * coverage.detectable).formatted(1)) points would be found with 80% power)
      """)
    guard !coverage.lost.isEmpty else { return }
    let rows =
      [["lost question", "right before", "right after", "p adjusted"]]
      + coverage.lost.map {
        [
          $0.task, "\($0.right) of \($0.samplesSecond)", "0 of \($0.samplesFirst)",
          probability($0.probability),
        ]
      }
    try Table.lines(rows).forEach { try Console.out($0) }
  }
}
