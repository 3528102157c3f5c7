public import PolyaKit

/// Runs programs that a model wrote against unit tests or examples of input and output, in a sandbox.
public final class CodeTestsReward: BatchReward {
  /// As manifests name it.
  public static let id = "polya.code-tests"
  /// For lists.
  public static let title = "Tests of programs"
  /// What it does.
  public static let summary =
    "Runs the Python program of an answer against unit tests or examples of input and output, each in a sandbox without network."
  /// What is run and how.
  public static let guide = """
    The program is the last fenced block of the answer, or all of it; where the reference has a `prompt`, an answer that \
    does not define the function goes on from it. The tests run outside of the sandbox and call into it, so that an \
    answer cannot reach them.

    Score: 1 when every test passes. Component `passed`: the share of tests that pass.
    """
  /// Runs text that a model wrote.
  public static let traits: Traits = [.runsCode]
  /// One queue for all.
  public static let concurrency = Concurrency.serialInstance
  /// Limits of a program.
  public static let options: [Option] = [
    Option(
      "timeout", .real(0.1...3600), default: "10", help: "Seconds for all tests of one answer together."),
    Option("memory-mb", .integer(32...1_000_000), default: "1024", help: "Address space of each process."),
    Option(
      "processes", .integer(1...10_000), default: "64",
      help: "Processes and threads of all programs together."),
    Option("output-kb", .integer(1...1_000_000), default: "1024", help: "Most output of one example."),
    Option("python", .text, default: "\"python3\"", help: "The interpreter, a name on PATH or a path."),
    Option(
      "sandbox",
      .choice([
        ("bubblewrap", "no network, nothing to write to, nothing to see but the interpreter"),
        ("none-i-trust-the-model", "limits only: a program can read and write whatever this user can"),
      ]), default: "\"bubblewrap\"", help: "What a program runs in."),
  ]

  private let supervisor: Supervisor

  /// Fails where the sandbox cannot be made, with what to install.
  public init(options: OptionValues, call: Call) throws {
    let settings: [(key: String, value: JSON)] = [
      ("timeout", .number("\(options.real("timeout") ?? 10)")),
      ("memory", .number("\((options.integer("memory-mb") ?? 1024) << 20)")),
      ("processes", .number("\(options.integer("processes") ?? 64)")),
      ("output", .number("\((options.integer("output-kb") ?? 1024) << 10)")),
      ("python", .string(options.text("python") ?? "python3")),
      ("sandbox", .string(options.text("sandbox") ?? "bubblewrap")),
      ("workers", .number("\(call.maxThreads)")),
    ]
    supervisor = try Supervisor(settings: .object(settings), shouldStop: { call.shouldStop })
  }

  /// Only the ends occur.
  public var range: ClosedRange<Double> { 0...1 }
  /// What a score is made of.
  public var components: [Component] { [Component("passed", 0...1, help: "share of tests that pass")] }

  /// One verdict per item.
  public func score(_ items: [RewardItem], _ call: Call) throws -> [Result<Verdict, Failure>] {
    var outcomes: [Result<Verdict, Failure>?] = items.map { _ in nil }
    var jobs: [JSON] = []
    for (index, item) in items.enumerated() {
      try call.checkStop()
      do throws(CodeJob.Unusable) {
        jobs.append(.object(try CodeJob(item).members + [("id", .number("\(index)"))]))
      } catch {
        outcomes[index] = .success(.abstain(notes: [Note(error.code, error.message, severity: .warning)]))
      }
    }
    for result in try supervisor.run(jobs, shouldStop: { call.shouldStop }) {
      guard let index = result["id"]?.integer, items.indices.contains(index) else {
        throw Failure(.internal, "the supervisor answers for a row that is none")
      }
      outcomes[index] = Self.outcome(result)
    }
    return outcomes.map { $0 ?? .failure(Failure(.internal, "the supervisor has no answer")) }
  }

  private static func outcome(_ result: JSON) -> Result<Verdict, Failure> {
    if let failure = result["failure"]?.string { return .failure(Failure(.internal, failure)) }
    let (passed, total) = (result["passed"]?.integer ?? 0, result["total"]?.integer ?? 0)
    let note = result["note"]?.string ?? ""
    let isRight = total > 0 && passed == total
    let notes = note.isEmpty ? [] : [Note("tests", note)]
    return .success(
      .scored(
        Verdict.Score(
          isRight ? 1 : 0, components: [total == 0 ? 0 : Double(passed) / Double(total)], notes: notes)))
  }
}
