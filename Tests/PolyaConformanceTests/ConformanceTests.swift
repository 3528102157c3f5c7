import Foundation
import PolyaTestSupport
import Testing

/// The checker finds each fault by its rule and by no other, and finds none in what is sound.
struct ConformanceTests {
  private static let plugins = Repository.root.appending(path: "SDK/conformance/bad-plugins")

  private struct Row: Decodable {
    var rule, level, outcome, message, reproduce: String
  }

  /// Rules at level must or should that fail for a file.
  private func failures(_ file: String, _ options: [String] = []) throws -> [String] {
    let result = try Command.polya(
      ["plugin", "check", file, "--json", "--limit", "10"] + options.flatMap { ["--option", $0] })
    let rows = try result.output.split(separator: "\n").map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }
    #expect(rows.count > 40, "\(result.errors)")
    let failed = rows.filter { $0.outcome == "failed" }
    #expect(result.status == (failed.contains { $0.level == "must" } ? 1 : 0), "\(result.errors)")
    return failed.map { "\($0.rule): \($0.message)" }
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
    let failures = try failures(file)
    #expect(failures.count == 1 && failures.first?.hasPrefix("\(rule): ") == true, "\(failures)")
  }

  @Test(arguments: ["reward", "strategy", "tasks", "model"])
  func theGoodPluginsBreakNothing(kind: String) throws {
    let folder = try TemporaryFolder()
    let source = try folder.write("good.c", "#include \"good_\(kind).h\"\n")
    try compile(URL(filePath: source), to: folder.path("good.so"))
    #expect(try failures(folder.path("good.so")) == [])
  }

  @Test(arguments: ["examples/reward-in-c/exact_match.c", "examples/strategy-in-c/think_twice.c"])
  func theExamplesBreakNothing(source: String) throws {
    let folder = try TemporaryFolder()
    try Command.compilePlugin(Repository.root.appending(path: source), to: folder.path("example.so"))
    #expect(try failures(folder.path("example.so")) == [])
  }

  @Test(arguments: [
    ("MathReward", []), ("Heuristics", []), ("WordArithmetic", []), ("Transformer", ["shape=tiny"]),
  ])
  func ourOwnPluginsBreakNothing(name: String, options: [String]) throws {
    #expect(try failures(Repository.products.appending(path: "lib\(name).so").path, options) == [])
  }

  @Test func aFailureComesWithTheCommandThatRepeatsIt() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("bad.so")
    try compile(Self.plugins.appending(path: "options.edges.c"), to: file)
    let result = try Command.polya(["plugin", "check", file, "--only", "options.edges", "--seed", "7"])
    #expect(result.status == 1)
    #expect(result.output.contains("dies of signal 6"), "\(result.output)")
    #expect(result.output.contains("--only options.edges --seed 7 --in-process"), "\(result.output)")
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
