internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline

enum TryVerb: Verb {
  static let name = "try"
  static let summary =
    "Show what a stage sends to its model for one task, with a few answers and their verdicts."
  static let operands = "MANIFEST|RUN STAGE"
  static let details = """
      Nothing is written but rows that crash a plugin. The stages that STAGE needs must have run, or --model names another model. For a train stage,
      --task counts its examples, and the target is shown in place of answers.
      What the model's chat template adds, and the token that ends an answer, stand in ⟦brackets⟧.
    """
  private static let task = Option(
    "--task", "K", "the number of the task, from 0", default: 0, in: Integers(least: 0, most: Int(Int32.max)))
  private static let samples = Option(
    "--samples", "N", "number of answers to each prompt; 0 shows the prompts only", default: 1,
    in: Integers(least: 0, most: 1000))
  private static let heuristic = Option<[String]>(
    "--heuristic", "ID", "a heuristic to try; tries only the given ones")
  private static let model = Option<String?>(
    "--model", "NAME", "the plugin or stage of the manifest whose model answers, instead of the stage's own")
  static let options: [any DeclaredOption] = [task, samples, heuristic, model] + CommonOptions.run

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let wanted = PreviewRequest(
      row: try arguments.read(task), samples: try arguments.read(samples),
      heuristics: try arguments.read(heuristic), model: try arguments.read(model))
    var stage = ""
    let session = try RunSession.open(&arguments, environment) {
      stage = try $0.positional("the name of a stage")
    }
    let observer = PreviewObserver(environment)
    for preview in try session.pipeline.preview(stage, wanted, observer: observer) {
      try environment.stop.check()
      let text = PreviewText(preview)
      if asJSON { try Console.out(try text.json()) } else { try Console.out(try text.lines()) }
    }
  }
}

/// Passes on warnings and stop requests.
private final class PreviewObserver: StageObserver {
  private let environment: CommandEnvironment
  init(_ environment: CommandEnvironment) { self.environment = environment }

  func metric(_ name: MetricName, _ value: Double, step: Int) {}
  func progress(_ done: Int, of total: Int, _ note: String) {}
  func table(_ rows: () -> [[String]]) {}
  func warn(_ message: String) { Console.message("warning: \(message)") }
  func checkStop() throws { try environment.stop.check() }
}
