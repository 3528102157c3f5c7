public import PolyaKit

/// Runs programs that a model wrote against unit tests or examples of input and output, in a sandbox.
public final class CodeTestsReward: BatchReward {
  /// As manifests name it.
  public static let id = "polya.code-tests"
  /// For lists.
  public static let title = "Tests of programs"
  /// What it does.
  public static let summary =
    "Runs the program in an answer against unit tests or input/output examples, in a sandbox without network access."
  /// What is run and how.
  public static let guide = """
    The program is the last fenced block of the answer in the language that defines what the tests use, or else the whole answer. \
    If the reference has a `prompt`, an answer that does not define the function continues the prompt. A Python program \
    and its tests run in different sandboxes and exchange values, so an answer cannot reach its tests; in other \
    languages they are one program.

    The score is 1 if every test passes, otherwise 0. The component `passed` is the share of tests that pass.
    """
  /// Runs text that a model wrote.
  public static let traits: Traits = [.runsCode]
  /// Limits of a program.
  public static let options: [Option] = [
    Option(
      "timeout", .real(0.1...3600), default: "10",
      help: "Time limit in seconds for all tests of one answer together."),
    Option(
      "memory-mb", .integer(32...1_000_000), default: "1024", help: "Address space of each process, in MiB."),
    Option(
      "processes", .integer(1...10_000), default: "16",
      help: "Maximum number of processes and threads of one program together."),
    Option(
      "output-kb", .integer(1...1_000_000), default: "1024",
      help: "Maximum output of one example, in KiB; more is wrong."),
    Option(
      "language",
      .choice([
        ("python", "Python, whose tests run apart from the answer"),
        ("cpp", "C++, built with 'g++'"), ("javascript", "JavaScript, run by 'node'"),
        ("swift", "Swift, built with 'swiftc'"),
      ]), default: "\"python\"", help: "The language of programs and of their tests."),
    Option(
      "build", .text, default: "\"\"",
      help:
        "In other languages than Python, the shell command that makes the executable 'program' from 'program.cpp', "
        + "'program.js' or 'program.swift' in the current folder, instead of the default one."),
    Option(
      "tolerance", .real(0...1), default: "0",
      help:
        "Absolute error up to which a float is equal to the expected one, beside a relative error of 1e-7 (EvalPlus "
        + "uses 1e-6); 0 compares exactly."),
    Option(
      "python", .text, default: "\"python3\"",
      help: "The interpreter, 3.9 or later: a name on the PATH, or a path."),
    Option(
      "sandbox",
      .choice([
        (
          "bubblewrap",
          "no network, no files but the interpreter's, nothing to write to but small temporary folders"
        ),
        (
          "none-i-trust-the-model",
          "resource limits only: a program can read and write whatever this user can"
        ),
      ]), default: "\"bubblewrap\"", help: "What programs run in."),
  ]

  private let settings: JSON
  private let language: ProgramLanguage
  private var supervisor: Supervisor?

  /// Fails where the sandbox cannot be made, with what to install.
  public init(options: OptionValues, call: Call) throws {
    language = options.text("language").flatMap(ProgramLanguage.init) ?? .python
    settings = .object(
      Self.limits(options) + [
        ("output", .number("\((options.integer("output-kb") ?? 1024) << 10)")),
        ("language", .string(language.rawValue)), ("build", .string(options.text("build") ?? "")),
        ("tolerance", .number("\(options.real("tolerance") ?? 0)")),
      ])
    supervisor = try Supervisor(settings: settings, shouldStop: { call.shouldStop })
  }

  /// What the supervisor is told first of the limits of programs.
  static func limits(_ options: OptionValues) -> [(key: String, value: JSON)] {
    [
      ("timeout", .number("\(options.real("timeout") ?? 10)")),
      ("memory", .number("\((options.integer("memory-mb") ?? 1024) << 20)")),
      ("processes", .number("\(options.integer("processes") ?? 16)")),
      ("python", .string(options.text("python") ?? "python3")),
      ("sandbox", .string(options.text("sandbox") ?? "bubblewrap")),
    ]
  }

  /// Only the ends occur.
  public var range: ClosedRange<Double> { 0...1 }
  /// What a score is made of.
  public var components: [Component] { [Component("passed", 0...1, help: "share of tests that pass")] }

  /// One verdict per item.
  public func score(_ items: [RewardItem], _ call: Call) throws -> [Result<Verdict, Failure>] {
    var outcomes: [Result<Verdict, Failure>?] = items.map { _ in nil }
    var jobs: [JSON] = []
    var places: [Int: [Range<Int>]] = [:]
    for (index, item) in items.enumerated() {
      try call.checkStop()
      do throws(CodeJob.Unusable) {
        let job = try CodeJob(item, language)
        places[index] = job.places
        jobs.append(.object(job.members + [("id", .number("\(index)"))]))
      } catch {
        outcomes[index] = .success(.abstain(notes: [Note(error.code, error.message, severity: .warning)]))
      }
    }
    for result in try results(of: jobs, call) {
      guard let index = result["id"]?.integer, let places = places[index], let last = places.last else {
        throw Failure(.internal, "the supervisor answered for a row that was not asked")
      }
      let taken = result["block"]?.integer.flatMap { places.indices.contains($0) ? places[$0] : nil }
      outcomes[index] = Self.outcome(result, extracted: taken ?? last)
    }
    return outcomes.map { $0 ?? .failure(Failure(.internal, "the supervisor gave no answer for this row")) }
  }

  /// A supervisor that was interrupted is discarded, with all that it runs; the next call makes another.
  private func results(of jobs: [JSON], _ call: Call) throws -> [JSON] {
    guard !jobs.isEmpty else { return [] }
    let current = try supervisor ?? Supervisor(settings: settings, shouldStop: { call.shouldStop })
    supervisor = nil
    let results = try current.run(jobs, workers: call.maxThreads, shouldStop: { call.shouldStop })
    supervisor = current
    return results
  }

  static func outcome(_ result: JSON, extracted: Range<Int>) -> Result<Verdict, Failure> {
    if let failure = result["failure"]?.string { return .failure(Failure(.unavailable, failure)) }
    if let broken = result["broken"]?.string {
      return .success(.abstain(notes: [Note("unreadable-reference", broken, severity: .warning)]))
    }
    guard let isRight = result["right"]?.bool else {
      return .failure(Failure(.internal, "the supervisor gave no verdict for this row"))
    }
    var share = Double.nan
    if let passed = result["passed"]?.integer, let total = result["total"]?.integer, total > 0 {
      share = Double(passed) / Double(total)
    }
    let note = result["note"]?.string ?? ""
    return .success(
      .scored(
        Verdict.Score(
          isRight ? 1 : 0, components: [share], extracted: .bytes(extracted),
          notes: note.isEmpty ? [] : [Note("tests", note)])))
  }
}
