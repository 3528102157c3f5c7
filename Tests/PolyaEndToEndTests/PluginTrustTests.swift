import Foundation
import PolyaTestSupport
import Testing

/// Pins, sidecars, search paths and saved crashes through the real binary.
struct PluginTrustTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A plugin that leaves a file behind wherever its code runs.
  private func build(_ name: String = "length.so", extra: String = "") throws {
    let fixture = Repository.root.appending(path: "Tests/Fixtures/length_reward.c")
    let source = try String(contentsOf: fixture, encoding: .utf8)
    let text = "#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n" + source + extra
    try Command.compilePlugin(URL(filePath: try folder.write("plugin.c", text)), to: folder.path(name))
  }

  /// Says where its code runs: in the host that is a line of its own, in a worker the host puts a name before it.
  private let leavesItsMark =
    #"""
    __attribute__((constructor)) static void mark(void) {
      fprintf(stderr, "its code runs\n");
    }
    """#

  private func ranInHost(_ result: CommandResult) -> Bool {
    result.errors.split(separator: "\n").contains("its code runs")
  }

  private func ranInWorker(_ result: CommandResult) -> Bool { result.errors.contains(": its code runs") }

  private func manifest(_ plugins: String) throws -> String {
    try folder.write(
      "m.json5", "{ polya: 1, run: { name: 'm' }, plugins: { \(plugins) }, tasks: {}, stages: {} }")
  }

  private func polya(_ arguments: String..., input: String = "", environment: [String: String] = [:]) throws
    -> CommandResult
  {
    try Command.run(
      Repository.products.appending(path: "polya").path, arguments, input: input, folder: folder.url,
      environment: environment)
  }

  @Test func aLockedPluginThatChangesIsRefusedWithBothHashes() throws {
    try build()
    let file = try manifest("len: { use: './length.so' }, answer: { use: 'polya.math-answer' }")
    let lock = try polya("plugin", "lock", file)
    #expect(lock.status == 0, "\(lock.errors)")
    #expect(lock.output == folder.path("m.lock.json") + "\n")
    let pins = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: folder.url.appending(path: "m.lock.json")))
        as? [String: Any])
    let pinned = try #require(((pins["plugins"] as? [String: Any])?["len"] as? [String: String])?["sha256"])
    #expect(try polya("doctor", file).status == 0)
    // Another plugin in its place is not the pinned one, so the pin is not for it.
    #expect(try polya("doctor", file, "--set", "plugins.len.use=polya.probe").status == 0)
    try build(extra: "int changed = 1;\n")
    let refused = try polya("doctor", file)
    #expect(refused.status == 3)
    let line = try #require(refused.errors.split(separator: "\n").first { $0.contains(pinned) })
    #expect(line.contains("has sha256 ") && line.contains("the manifest pins \(pinned)"))
    #expect(line.contains("polya plugin lock"))
    #expect(try polya("plugin", "lock", file).errors.contains("len (./length.so): "))
    #expect(try polya("doctor", file).status == 0)
  }

  @Test func doctorNamesEveryProblemAtOnce() throws {
    try build()
    let file = try folder.write(
      "bad.json5",
      """
      { polya: 2, run: { nam: "x", seed: "a" },
        plugins: { a: { use: "./length.so", isolaton: "process" }, w: { use: "polya.math-anser" },
                   m: { use: "polya.math-answer", options: { foo: 1 } },
                   t: { use: "polya.transformer", options: { shape: "big", hidden: "x" } } },
        tasks: { t: { path: "none.jsonl", format: "gsm9k" }, u: { path: "none.jsonl", format: "gsm8k" } },
        stages: { s: { kind: "train", model: "q", data: "zz", epochs: -1, epoch: 2 }, r: { kind: "reinforc" } } }
      """)
    let result = try polya("doctor", file)
    #expect(result.status == 3)
    for problem in [
      "reads only manifests of version 1", "run: unknown key 'nam'; did you mean 'name'?",
      "run.seed: must be",
      "run: the key 'name' is missing", "unknown key 'isolaton'; did you mean 'isolation'?",
      "did you mean 'polya.math-answer'?", "plugins.m: 'polya.math-answer' has no option 'foo'",
      "the option 'shape' must be one of", "the option 'hidden' must be",
      "tasks.t.format: must be one of 'gsm8k'", "not \"gsm9k\"; did you mean 'gsm8k'?",
      "tasks.u, none.jsonl: cannot be read", "stages.s.epochs: must be", "unknown key 'epoch'",
      "there is no stage 'zz'", "there is no stage or plugin 'q'", "there is no kind of stage 'reinforc'",
    ] { #expect(result.errors.contains(problem), "\(problem) in \(result.errors)") }
    #expect(result.errors.contains("16 problems found"))
  }

  @Test func checksRunNoPluginCodeInTheHost() throws {
    try build(extra: leavesItsMark)
    let file = try manifest("len: { use: './length.so', isolation: 'host' }")
    let result = try polya("doctor", file, "--verbose")
    #expect(result.status == 0, "\(result.errors)")
    #expect(ranInWorker(result) && !ranInHost(result), "\(result.errors)")
  }

  @Test func aSidecarSparesListsTheCodeAndDecidesNothing() throws {
    try build(extra: leavesItsMark)
    let written = try polya("plugin", "describe", "./length.so", "--write", "--verbose")
    #expect(written.output == folder.path("length.polya.json") + "\n", "\(written.errors)")
    #expect(ranInWorker(written))
    let shown = try polya("plugin", "describe", "./length.so", "--verbose")
    #expect(shown.output.contains("\"org.example.length\""))
    #expect(!ranInWorker(shown) && !ranInHost(shown), "\(shown.errors)")
    // Before anything is decided, the plugin is asked itself.
    let sound = try polya("doctor", manifest("len: { use: './length.so' }"), "--verbose")
    #expect(sound.status == 0 && ranInWorker(sound) && !ranInHost(sound), "\(sound.errors)")
    // A wrong sidecar is refused, before the plugin's code runs in the host, and the hint that is named works.
    let sidecar = folder.url.appending(path: "length.polya.json")
    let text = try String(contentsOf: sidecar, encoding: .utf8)
    for wrong in [text.replacing("\"Length\"", with: "\"Width\""), String(text.prefix(300))] {
      try Data(wrong.utf8).write(to: sidecar)
      let refused = try polya(
        "reward", "score", "--use", "./length.so", "--isolation", "host", "--verbose",
        input: "{\"completion\":\"x\"}\n")
      #expect(refused.status != 0 && !ranInHost(refused), "\(refused.errors)")
      #expect(refused.errors.contains("rewrite it with polya plugin describe --write"), "\(refused.errors)")
      #expect(try polya("plugin", "describe", "./length.so", "--write").status == 0)
      #expect(try String(contentsOf: sidecar, encoding: .utf8) == text)
    }
    // A sidecar of other bytes does not count.
    try build(extra: leavesItsMark + "int changed = 1;\n")
    #expect(try ranInWorker(polya("plugin", "describe", "./length.so", "--verbose")))
  }

  @Test func aPluginThatCrashesWhileItIsLoadedIsNamed() throws {
    try build(extra: "__attribute__((constructor)) static void end(void) { abort(); }\n")
    let result = try polya("doctor", manifest("len: { use: './length.so' }"))
    #expect(result.status == 3)
    #expect(result.errors.contains("length.so: crashed with signal 6 (Aborted) while it was being loaded"))
  }

  @Test func theCurrentFolderIsNoPlaceForPlugins() throws {
    try build()
    let rows = #"{"completion":"abc"}"# + "\n"
    for path in ["", ".", folder.url.lastPathComponent] {
      let result = try polya(
        "reward", "score", "--use", "org.example.length", input: rows,
        environment: ["POLYA_PLUGIN_PATH": path])
      #expect(result.status == 3, "\(path)")
    }
    let named = try polya(
      "reward", "score", "--use", "org.example.length", input: rows,
      environment: ["POLYA_PLUGIN_PATH": folder.url.path])
    #expect(named.output.contains(#""score":0.5"#), "\(named.errors)")
  }

  @Test func aDeadlyRowIsShownByReplay() throws {
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/deadly_reward.c"), to: folder.path("deadly.so"),
      defines: ["MARKS=1", "TRAITS=0"])
    let scored = try polya(
      "reward", "score", "--use", "./deadly.so",
      input: #"{"completion":"7"}"# + "\n" + #"{"completion":"crash"}"# + "\n")
    #expect(scored.status == 0)
    #expect(scored.output.contains(#""score":7.0"#))
    let line = try #require(
      scored.errors.split(separator: "\n").first { $0.contains("polya plugin replay ") })
    let file = String(try #require(line.split(separator: " ").last))
    let replay = try polya("plugin", "replay", file)
    #expect(replay.status == 3)
    #expect(replay.output.contains(#""completion": "crash""#))
    #expect(replay.errors.contains("'score' failed again on this row: crashed with signal 6"))
  }

  @Test func theSchemaKnowsEveryOption() throws {
    let schema = try #require(
      try JSONSerialization.jsonObject(with: Data(try polya("schema").output.utf8)) as? [String: Any])
    let plugins = (schema["properties"] as? [String: Any])?["plugins"] as? [String: Any]
    let rules = (plugins?["additionalProperties"] as? [String: Any])?["allOf"] as? [[String: Any]]
    var known: [String: Set<String>] = [:]
    for rule in try #require(rules) {
      let use = ((rule["if"] as? [String: Any])?["properties"] as? [String: Any])?["use"] as? [String: Any]
      let options = ((rule["then"] as? [String: Any])?["properties"] as? [String: Any])?["options"]
      let keys = (options as? [String: Any])?["properties"] as? [String: Any]
      known[try #require(use?["const"] as? String)] = Set(try #require(keys).keys)
    }
    for line in try polya("plugin", "list", "--json").output.split(separator: "\n") {
      let plugin = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let options = try #require(plugin["options"] as? [[String: Any]])
      #expect(
        known[try #require(plugin["id"] as? String)] == Set(options.compactMap { $0["key"] as? String }))
    }
    #expect(known["polya.transformer"]?.contains("key-value-heads") == true)
  }
}
