import Foundation
import PolyaTestSupport
import Testing

/// Plugins that the checker's own rows do not fit, each with one defect: without rows none of them counts as checked, and
/// with rows each is caught by its rule and by no other.
struct DefectTests {
  private static let folder = Repository.root.appending(path: "SDK/conformance/defects")

  /// A line of a table of defects.
  struct Defect: Sendable, CustomTestStringConvertible {
    var kind, what: String
    /// The one that fails, and those that the same defect may break too.
    var rules: [String]
    var rule: String { rules.first ?? "" }
    /// Names and values of macros, or of marked lines.
    var changes: [(name: String, value: String)]

    var testDescription: String { "\(kind): \(what)" }
  }

  private struct Row: Decodable {
    var rule, level, outcome, message: String
    var blocks: Bool
  }

  private struct Outcome {
    var status: Int32
    var rows: [Row]

    var failed: [String] { rows.filter { $0.outcome == "failed" }.map { "\($0.rule): \($0.message)" } }
    var blocking: [String] { rows.filter(\.blocks).map { "\($0.rule): \($0.message)" } }
  }

  private static func defects(_ kind: String) throws -> [Defect] {
    try String(contentsOf: folder.appending(path: "\(kind).txt"), encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }.map { line in
        let columns = line.components(separatedBy: " | ")
        try #require(columns.count == 3, "\(line)")
        let changes = try columns[1].components(separatedBy: " ;; ").map { change in
          let at = try #require(change.firstIndex(of: "="), "\(line)")
          return (String(change[..<at]), String(change[change.index(after: at)...]))
        }
        return Defect(
          kind: kind, what: columns[2], rules: columns[0].components(separatedBy: ", "), changes: changes)
      }
  }

  private static let native = ["reward", "strategy", "tasks"]

  private func check(_ words: [String], rows: String? = nil, only: [String] = []) throws -> Outcome {
    // Interpreters take their time; what hangs is native.
    let limit = words.count > 1 ? "60" : "10"
    let result = try Command.polya(
      ["plugin", "check"] + words + ["--json", "--limit", limit] + only.flatMap { ["--only", $0] }
        + (rows.map { ["--rows", Self.folder.appending(path: $0).path] } ?? []))
    // The last line of a check that fails says so.
    let lines = result.output.split(separator: "\n").filter { !$0.hasPrefix(#"{"error":"#) }
    let rows = try lines.map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }
    #expect(!rows.isEmpty, "\(result.errors)")
    return Outcome(status: result.status, rows: rows)
  }

  /// The words that name the plugin with the changes made.
  private func make(_ kind: String, _ changes: [(name: String, value: String)], in folder: TemporaryFolder)
    throws
    -> [String]
  {
    guard kind != "python" else {
      var lines = try String(contentsOf: Self.folder.appending(path: "python.py"), encoding: .utf8)
        .components(separatedBy: "\n")
      for (name, value) in changes {
        let index = try #require(lines.firstIndex { $0.hasSuffix("# \(name)") }, "no line \(name)")
        lines[index] = lines[index].prefix { $0 == " " } + value
      }
      let file = try folder.write("defect.py", lines.joined(separator: "\n"))
      return ["polya.python-reward", "--option", "file=\(file)"]
    }
    let file = folder.path("defect.so")
    // The defects are what compilers warn of.
    let result = try Command.run(
      "/usr/bin/env",
      [
        "cc", "-std=gnu11", "-w", "-O1", "-fPIC", "-shared", "-fvisibility=hidden",
        "-I\(Repository.root.path)/SDK/include",
      ]
        + changes.map { "-D\($0.name)=\($0.value)" }
        + [
          Self.folder.appending(path: "\(kind).c").path, "-Wl,-z,defs", "-Wl,-z,now", "-lm", "-pthread", "-o",
          file,
        ])
    try #require(result.status == 0, "\(result.errors)")
    return [file]
  }

  @Test(arguments: native + ["python"])
  func withoutRowsAGoodPluginIsNotChecked(kind: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try check(try make(kind, [], in: folder))
    #expect(outcome.status == 1 && outcome.failed.isEmpty, "\(outcome.failed)")
    // Everything that means to call it, for which the file alone is enough to know.
    #expect(outcome.blocking.count > 40, "\(outcome.blocking)")
    let groups = ["hostile.", "memory.", "determinism.", "stop."]
    let passed = outcome.rows.filter { row in
      row.outcome == "passed" && groups.contains { row.rule.hasPrefix($0) }
    }
    #expect(passed.isEmpty, "\(passed)")
  }

  @Test(arguments: native + ["python"])
  func withRowsAGoodPluginPasses(kind: String) throws {
    let folder = try TemporaryFolder()
    let rows = kind == "python" ? "reward.jsonl" : "\(kind).jsonl"
    let outcome = try check(try make(kind, [], in: folder), rows: rows)
    #expect(outcome.status == 0 && outcome.failed.isEmpty, "\(outcome.failed)")
    #expect(outcome.blocking.isEmpty, "\(outcome.blocking)")
    #expect(outcome.rows.count { $0.outcome == "passed" } > 60)
  }

  @Test(arguments: try native.flatMap(defects) + defects("python"))
  func aDefectIsCaughtByItsRuleAlone(defect: Defect) throws {
    let folder = try TemporaryFolder()
    let words = try make(defect.kind, defect.changes, in: folder)
    let blind = try check(words, only: [defect.rule, "rows.answered"])
    #expect(blind.status == 1)
    #expect(blind.rows.contains { $0.outcome == "not exercised" })

    let rows = defect.kind == "python" ? "reward.jsonl" : "\(defect.kind).jsonl"
    let outcome = try check(words, rows: rows, only: try Self.opponents(of: defect))
    let failed = outcome.rows.filter { $0.outcome == "failed" }.map(\.rule)
    #expect(failed.contains(defect.rule), "\(outcome.failed)")
    #expect(failed.allSatisfy { defect.rules.contains($0) }, "\(outcome.failed)")
    let level = outcome.rows.first { $0.rule == defect.rule }?.level
    #expect(outcome.status == (level == "must" || !outcome.blocking.isEmpty ? 1 : 0))
  }

  /// The rules that may not fail, and those that must. Each rule starts interpreters for Python: there only those of the
  /// table are held against each other. Rules about threads take seconds, and are left out where they are not meant.
  private static func opponents(of defect: Defect) throws -> [String] {
    if defect.kind == "python" { return try Set(defects("python").flatMap(\.rules)).sorted() }
    if defect.rules.contains(where: { $0.hasPrefix("concurrency.") }) { return [] }
    return try quickRules.get()
  }

  private static let quickRules = Result {
    try Command.polya(["plugin", "check", "--rules", "--json"]).output.split(separator: "\n").map {
      try JSONDecoder().decode(Rule.self, from: Data($0.utf8)).rule
    }.filter { !$0.hasPrefix("concurrency.") }
  }

  private struct Rule: Decodable {
    var rule: String
  }

  @Test func thereAreManyDefects() throws {
    let all = try (Self.native + ["python"]).map { try Self.defects($0) }
    #expect(all[0].count >= 90)
    #expect(all.allSatisfy { $0.count >= 10 })
  }
}
