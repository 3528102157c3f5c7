import Foundation
import PolyaTestSupport
import Testing

/// The checker finds each fault by its rule and by no other, and finds none in what is sound.
struct ConformanceTests {
  private static let plugins = Repository.root.appending(path: "SDK/conformance/bad-plugins")

  private struct Row: Decodable {
    var rule, level, outcome, message, reproduce: String
    var blocks: Bool
  }

  /// Rules at level must or should that fail for a file, and those that keep it from being checked.
  private func findings(_ use: String, _ words: [String] = []) throws -> (failed: [String], gaps: [String]) {
    let result = try Command.polya(["plugin", "check", use, "--json"] + words)
    let rows = try result.output.split(separator: "\n").filter({ !$0.hasPrefix(#"{"error":"#) }).map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }
    #expect(rows.count > 40, "\(result.errors)")
    let failed = rows.filter { $0.outcome == "failed" }
    let gaps = rows.filter(\.blocks)
    #expect(
      result.status == (gaps.isEmpty && failed.allSatisfy { $0.level != "must" } ? 0 : 1), "\(result.errors)")
    return (failed.map { "\($0.rule): \($0.message)" }, gaps.map { "\($0.rule): \($0.message)" })
  }

  /// Nothing is wrong, and nothing was left out.
  private func expectSound(_ use: String, _ words: [String] = []) throws {
    let (failed, gaps) = try findings(use, words)
    #expect(failed == [] && gaps == [], "\(failed) \(gaps)")
  }

  /// Compiles as Tests/PolyaTestSupport does, with the flags that a bad plugin asks for in its header.
  private func compile(_ source: URL, to path: String) throws {
    let lines = try String(contentsOf: source, encoding: .utf8).split(separator: "\n").prefix(2)
    let link = lines.compactMap { $0.hasPrefix("/* link: ") ? $0.dropFirst(9).dropLast(3) : nil }
    let result = try Command.run(
      "/usr/bin/env",
      [
        "cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O2", "-fPIC", "-shared",
        "-fvisibility=hidden",
        "-I\(Repository.root.path)/SDK/include", "-I\(Self.plugins.path)", "-Wl,-z,defs", "-Wl,-z,now",
      ] + link.map(String.init) + [source.path, "-lm", "-o", path])
    try #require(result.status == 0, "\(result.errors)")
  }

  private static func badPlugins() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: plugins.path).filter { $0.hasSuffix(".c") }
      .map { String($0.dropLast(2)) }.sorted()
  }

  @Test func everyRuleHasAPluginThatBreaksIt() throws {
    let table = try Command.polya(["plugin", "check", "--rules"]).output.split(separator: "\n").dropFirst(2)
    let judged = table.map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
      .filter { $0[1] != "info" }.map { $0[0].trimmingCharacters(in: ["`"]) }
    #expect(judged.count > 50)
    #expect(try Self.badPlugins() == judged.sorted())
  }

  @Test func theTableOfRulesIsTheOneOfTheChecker() throws {
    let readme = try String(
      contentsOf: Repository.root.appending(path: "SDK/conformance/README.md"), encoding: .utf8)
    #expect(readme.hasSuffix("\n\n" + (try Command.polya(["plugin", "check", "--rules"]).output)))
  }

  @Test(arguments: try badPlugins())
  func aBrokenPluginIsCaughtByItsRuleAlone(rule: String) throws {
    let folder = try TemporaryFolder()
    let file = folder.path("bad.so")
    try compile(Self.plugins.appending(path: rule + ".c"), to: file)
    let rows = Self.plugins.appending(path: rule + ".jsonl").path
    let hasRows = FileManager.default.fileExists(atPath: rows)
    let failures = try findings(file, ["--limit", "10"] + (hasRows ? ["--rows", rows] : [])).failed
    #expect(failures.count == 1 && failures.first?.hasPrefix("\(rule): ") == true, "\(failures)")
  }

  @Test(arguments: ["reward", "strategy", "tasks", "model"])
  func theGoodPluginsBreakNothing(kind: String) throws {
    let folder = try TemporaryFolder()
    let source = try folder.write("good.c", "#include \"good_\(kind).h\"\n")
    try compile(URL(filePath: source), to: folder.path("good.so"))
    try expectSound(folder.path("good.so"))
  }

  @Test(arguments: ["examples/reward-in-c/exact_match.c", "examples/strategy-in-c/think_twice.c"])
  func theExamplesBreakNothing(source: String) throws {
    let folder = try TemporaryFolder()
    try Command.compilePlugin(Repository.root.appending(path: source), to: folder.path("example.so"))
    try expectSound(folder.path("example.so"))
  }

  @Test(arguments: [
    ("polya.math-answer", []), ("polya.choice", []), ("polya.code-tests", []), ("polya.probe", []),
    ("polya.shape", ["format=box", "maximum-length=200"]), ("polya.judge", ["model=toy"]),
    ("polya.adherence", ["model=toy"]), ("polya.heuristics", []), ("polya.four-phase", []),
    ("polya.plain", []), ("polya.star", []), ("polya.word-arithmetic", []),
    ("polya.transformer", ["shape=tiny"]),
  ])
  func ourOwnPluginsBreakNothing(id: String, options: [String]) throws {
    try expectSound(id, options.flatMap { ["--option", $0] })
  }

  @Test func thoseThatNeedAFileAreCheckedWithIt() throws {
    let folder = try TemporaryFolder()
    let examples = try folder.write(
      "examples.jsonl",
      """
      {"heuristic":"plan","completion":"First make a plan. Then carry it out."}
      {"heuristic":"look-back","completion":"Is that right? Check it another way."}

      """)
    try expectSound("polya.adherence-examples", ["--option", "examples=\(examples)"])
  }

  @Test(arguments: ["polya.python-reward", "polya.adherence-examples"])
  func withoutTheOptionsThatItNeedsNothingIsChecked(id: String) throws {
    let result = try Command.polya(["plugin", "check", id])
    #expect(result.status == 1)
    #expect(result.errors.contains("not exercised"), "\(result.errors)")
    #expect(!result.output.contains("failed  "), "\(result.output)")
  }

  @Test func aFailureComesWithTheCommandThatRepeatsIt() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("bad.so")
    try compile(Self.plugins.appending(path: "options.edges.c"), to: file)
    let result = try Command.polya(["plugin", "check", file, "--only", "options.edges", "--seed", "7"])
    #expect(result.status == 1)
    #expect(result.output.contains("was killed by signal 6"), "\(result.output)")
    #expect(result.output.contains("--only options.edges --seed 7 --in-process"), "\(result.output)")
  }

  @Test(arguments: [
    ("{\"completion\":\"a\"}\n\n{\"completion\":", "line 3"),
    ("{\"question\":\"a\"}", "line 1: the key 'completion' is missing"),
    ("{\"completion\":\"a\",\"complection\":\"b\"}", "line 1: unknown key 'complection'"),
    ("{\"completion\":\"a\"}\n{\"completion\":7}", "line 2.completion: must be a string"),
    ("{\"completion\":\"a\",\"verdict\":\"good\"}", "line 1.verdict: must be one of"),
    ("{\"completion\":\"a\",\"verdict\":\"abstain\",\"score\":1}", "line 1: expects both a score"),
    (
      "{\"completion\":\"a\",\"tokens\":[1,2],\"logprobs\":[0]}",
      "line 1.logprobs: must have a number for each"
    ),
    ("{\"completion\":\"a\",\"tokens\":[1.5]}", "line 1.tokens: must be a list of token ids"),
    (
      "{\"completion\":\"a\",\"transcript\":[{\"role\":\"user\"}]}", "line 1.transcript[0]: the key 'content'"
    ),
    ("[1]", "line 1: must be an object"), ("\n \n", "contains no rows"),
    (String(repeating: "{\"completion\":\"a\"}\n", count: 513), "has 513 rows, but at most 512"),
  ])
  func rowsThatCannotBeUsedAreNamed(rows: String, message: String) throws {
    let folder = try TemporaryFolder()
    let result = try Command.polya(
      [
        "plugin", "check", Repository.products.appending(path: "libProbe.so").path, "--rows",
        try folder.write("rows.jsonl", rows),
      ])
    #expect(result.status == 2)
    #expect(result.errors.contains("rows.jsonl"), "\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  @Test func theRulesAreThereAsJSON() throws {
    struct Rule: Decodable { var rule, level, sentence: String }
    let lines = try Command.polya(["plugin", "check", "--rules", "--json"]).output.split(separator: "\n")
    let rules = try lines.map { try JSONDecoder().decode(Rule.self, from: Data($0.utf8)) }
    let table = try Command.polya(["plugin", "check", "--rules"]).output.split(separator: "\n").dropFirst(2)
    #expect(rules.map { "| `\($0.rule)` | \($0.level) | \($0.sentence) |" } == table.map(String.init))
  }

  @Test func whatCannotBeCheckedIsSaid() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write("text.so", "hello")
    for (words, status, message) in [
      ([text], 3, "cannot be loaded"), ([text, "--only", "reward.rang"], 2, "did you mean"),
      ([], 2, "is missing"),
      (["org.example.none"], 3, "no plugin 'org.example.none'"),
    ] {
      let result = try Command.polya(["plugin", "check"] + words)
      #expect(Int(result.status) == status, "\(words): \(result.errors)")
      #expect(result.errors.contains(message), "\(words): \(result.errors)")
    }
  }
}
