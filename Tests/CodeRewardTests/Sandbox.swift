import Foundation
import PolyaKit
import Testing

@testable import CodeReward

/// Needs bubblewrap and namespaces; where they are missing the reward itself says so, and these tests skip. One after the
/// other, since some of them look for processes that are left.
@Suite(.serialized, .enabled(if: Sandbox.isPossible, "bubblewrap makes no sandbox here: the reward says why"))
struct SandboxTests {}

enum Sandbox {
  static let isPossible: Bool = {
    do {
      _ = try Supervisor(settings: settings(), shouldStop: { false })
      return true
    } catch { return false }
  }()

  static func settings(
    timeout: Double = 10, sandbox: String = "bubblewrap", python: String = "python3",
    language: ProgramLanguage = .python, build: String = "", tolerance: Double = 0
  ) -> JSON {
    .object([
      ("timeout", .number("\(timeout)")), ("memory", .number("\(1 << 30)")), ("processes", .number("16")),
      ("output", .number("1000000")), ("python", .string(python)), ("sandbox", .string(sandbox)),
      ("language", .string(language.rawValue)), ("build", .string(build)),
      ("tolerance", .number("\(tolerance)")),
    ])
  }

  /// In the order of the items.
  static func results(
    _ items: [RewardItem], timeout: Double = 10, sandbox: String = "bubblewrap", python: String = "python3",
    language: ProgramLanguage = .python, build: String = "", tolerance: Double = 0
  ) throws -> [JSON] {
    let settings = settings(
      timeout: timeout, sandbox: sandbox, python: python, language: language, build: build,
      tolerance: tolerance)
    let supervisor = try Supervisor(settings: settings, shouldStop: { false })
    let jobs = try items.enumerated().map { index, item in
      JSON.object(try CodeJob(item, language).members + [("id", .number("\(index)"))])
    }
    return try supervisor.run(jobs, workers: 2, shouldStop: { false }).sorted {
      ($0["id"]?.integer ?? 0) < ($1["id"]?.integer ?? 0)
    }
  }

  static func item(
    _ completion: String, tests: String, entry: String = "", prompt: String = "", setup: String = ""
  ) -> RewardItem {
    let reference = JSON.object([
      ("setup", .string(setup)), ("tests", .string(tests)), ("entry", .string(entry)),
      ("prompt", .string(prompt)),
    ])
    return RewardItem(
      id: 0, question: "", completion: completion, reference: reference.text, referenceKind: "unit-tests")
  }

  /// Everything in a sandbox of these tests.
  static func processes() -> Set<String> {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return Set(
      names.filter { Int($0) != nil }.filter { name in
        let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline").map {
          String(decoding: $0, as: UTF8.self)
        }
        return line?.contains("serve({'way'") == true
      })
  }

  /// Whether nothing is left but what was there before. What is ending has up to 10 s to be gone, for a busy machine.
  static func isQuiet(except before: Set<String>) -> Bool {
    for _ in 0..<500 where !processes().subtracting(before).isEmpty { usleep(20_000) }
    return processes().subtracting(before).isEmpty
  }

  static func plainPythonFails(_ program: String) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // Mutants loop and allocate without end; the kernel stops them.
    process.arguments = ["sh", "-c", "ulimit -v 1000000; ulimit -t 3; exec python3 -c \"$0\"", program]
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus != 0
  }
}
