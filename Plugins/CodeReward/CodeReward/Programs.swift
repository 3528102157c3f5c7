internal import PolyaKit

/// Runs Python programs for their output, in the sandbox of the reward.
final class Programs {
  /// Those of the reward that limit a program.
  static let options = CodeTestsReward.options.filter {
    ["timeout", "memory-mb", "processes", "python", "sandbox"].contains($0.key)
  }

  /// Bytes; a program that writes more has no output.
  private static let mostOutput = 1 << 20
  private let settings: JSON
  private var supervisor: Supervisor?

  init(_ options: OptionValues, _ shouldStop: () -> Bool) throws {
    settings = .object(
      CodeTestsReward.limits(options) + [
        ("output", .number("\(Self.mostOutput)")), ("language", .string(ProgramLanguage.python.rawValue)),
        ("build", .string("")), ("tolerance", .number("0")),
      ])
    supervisor = try Supervisor(settings: settings, shouldStop: shouldStop)
  }

  /// What a program prints, with the exception that ended it, or why it has no output.
  func output(of program: String, _ shouldStop: () -> Bool) throws -> String {
    let job: JSON = .object([
      ("id", .number("0")), ("kind", .string("run")), ("blocks", .array([.string(program)])),
      ("indented", .array([])), ("prompt", .string("")), ("entry", .string("")),
    ])
    let current = try supervisor ?? Supervisor(settings: settings, shouldStop: shouldStop)
    // One that was interrupted is discarded, with all that it runs.
    supervisor = nil
    let results = try current.run([job], workers: 1, shouldStop: shouldStop)
    supervisor = current
    guard let result = results.first else { throw Failure(.internal, "the supervisor gave no answer") }
    if let failure = result["failure"]?.string { throw Failure(.unavailable, failure) }
    return result["output"]?.string ?? "(\(result["note"]?.string ?? "no output"))"
  }
}
