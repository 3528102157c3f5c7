import Foundation
import PolyaTestSupport
import Testing

/// What becomes of output that cannot be written, of streams that are closed, and of texts that a terminal would obey.
struct StandardStreamTests {
  private let folder: TemporaryFolder
  private let polya = Repository.products.appending(path: "polya").path

  init() throws { folder = try TemporaryFolder() }

  /// Runs a line of bash in which $polya is the program.
  private func shell(_ line: String, _ environment: [String: String] = [:]) throws -> CommandResult {
    try Command.run(
      "/usr/bin/env", ["bash", "-c", line], folder: folder.url,
      environment: environment.merging(["polya": polya]) { $1 })
  }

  @Test(
    arguments: [
      "--help", "plugin", "completions bash", "plugin describe polya.plain", "data head rows.jsonl",
      "data stats rows.jsonl", "data verify rows.jsonl",
      "data convert --format jsonl --question-field completion --reference-field completion rows.jsonl",
      "reward score --use polya.math-answer < rows.jsonl", "plugin check --rules",
    ])
  func outputThatIsLostIsAnError(command: String) throws {
    try folder.write("rows.jsonl", #"{"completion":"1","reference":"1","reference_kind":"math"}"# + "\n")
    let full = try shell("\"$polya\" \(command) > /dev/full")
    #expect(full.status == 1, "\(full.errors)")
    #expect(
      full.errors.contains("polya: stdout: cannot be written: No space left on device; free some space"))
    let closed = try shell("\"$polya\" \(command) >&-")
    #expect(closed.status == 1 && closed.errors.contains("stdout: cannot be written: Bad file descriptor"))
  }

  @Test func aReaderThatHasGoneEndsTheCommandQuietly() throws {
    try folder.write("rows.jsonl", String(repeating: "{\"completion\":\"1\"}\n", count: 20_000))
    for command in [
      "data head --count 20000 rows.jsonl", "reward score --use polya.math-answer < rows.jsonl",
    ] {
      let result = try shell("\"$polya\" \(command) | head -n 1; echo ${PIPESTATUS[0]}")
      #expect(result.errors.isEmpty, "\(result.errors)")
      // As a program that is killed by SIGPIPE.
      #expect(result.output.split(separator: "\n").last == "141")
      #expect(result.output.split(separator: "\n").count == 2)
    }
  }

  @Test func closedStreamsAreNoFiles() throws {
    let row = #"{"completion":"1","reference":"1","reference_kind":"math"}"#
    try folder.write("rows.jsonl", row + "\n")
    let noInput = try shell("\"$polya\" reward score --use polya.math-answer <&-")
    #expect(noInput.status == 1 && noInput.errors.contains("stdin: cannot be read: Bad file descriptor"))
    let silent = try shell("\"$polya\" data head rows.jsonl 2>&-")
    #expect(silent.status == 0 && silent.output == row + "\n")
    #expect(try shell("\"$polya\" data head nowhere.jsonl 2>&-").status == 1)
    // Whatever is opened first would have the number of a closed stream.
    #expect(try shell("\"$polya\" data head rows.jsonl <&- >&- 2>&-").status == 1)
    #expect(try shell("\"$polya\" plugin describe polya.plain <&- 2>&- | grep -c polya.plain").status == 0)
    #expect(try String(contentsOfFile: folder.path("rows.jsonl"), encoding: .utf8) == row + "\n")
  }

  @Test func fullStderrDoesNotStopACommand() throws {
    try folder.write("rows.jsonl", "{}\n")
    #expect(try shell("\"$polya\" data head rows.jsonl 2> /dev/full").output == "{}\n")
  }

  @Test func limitsOfTheShellAreNamed() throws {
    try folder.write("rows.jsonl", String(repeating: "{\"completion\":\"1\"}\n", count: 2000))
    let files = try shell("ulimit -n 5; \"$polya\" plugin list")
    #expect(files.status == 1 && files.errors.contains("the limit of open files (ulimit -n) is 5"))
    let size = try shell("ulimit -f 1; \"$polya\" data head --count 2000 rows.jsonl > out")
    #expect(size.status == 1, "\(size.errors)")
    #expect(size.errors.contains("stdout: cannot be written: File too large"))
  }

  /// ESC sequences, C1 controls, what turns the direction of writing, separators of lines and paragraphs.
  private static let nasty = [
    "\u{1B}[31m\u{1B}]0;x\u{7}\u{9B}2J\u{7F}", "\u{202E}evil\u{202C}a\u{2028}b\u{2029}c\rd\u{8}\u{2066}x",
  ]

  private static func isHostile(_ text: String) -> Bool {
    text.unicodeScalars.contains { scalar in
      scalar != "\n" && scalar != "\t"
        && ([.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
          || scalar.properties.isBidiControl)
    }
  }

  @Test(arguments: nasty)
  func noTextOfAFileReachesTheTerminalAsItIs(nasty: String) throws {
    let json = try #require(String(data: JSONEncoder().encode(nasty), encoding: .utf8))
    let manifest = { (plugins: String, rest: String) in
      "{ polya: 1, run: { name: 'm' }, plugins: { \(plugins) }, tasks: {}, stages: {} \(rest) }"
    }
    try folder.write("broken.json5", "{ polya: 1, \(nasty) }")
    try folder.write("key.json5", manifest("", ", \(json): 1"))
    try folder.write("plugin.json5", manifest("\(json): { use: \(json) }", ""))
    try folder.write("option.json5", manifest("a: { use: 'polya.math-answer', options: { \(json): 1 } }", ""))
    try folder.write("rows.jsonl", "{\(json):\(json)}\n")
    try folder.write("\(nasty.replacing("/", with: "")).jsonl", "{}\n")
    var commands = ["broken", "key", "plugin", "option"].flatMap {
      [["doctor", "\($0).json5"]]
    }
    commands += [
      ["plan", nasty], [nasty], ["plugin", nasty], ["run", "--\(nasty)"],
      ["reward", "score", "--use", nasty],
      ["data", "stats", "rows.jsonl"],
      ["data", "verify", nasty],
      ["data", "convert", "--format", "gsm8k", "rows.jsonl"], ["plugin", "help", "./\(nasty).so"],
      ["strategy", "try", "--use", "polya.plain", "--question", nasty], ["data", "stats", "."],
    ]
    for command in commands {
      let result = try Command.run(polya, command, input: "{\"completion\":\"1\"}\n", folder: folder.url)
      #expect(!Self.isHostile(result.output) && !Self.isHostile(result.errors), "\(command): \(result)")
      #expect(!(result.output + result.errors).isEmpty, "\(command)")
    }
  }

  @Test func whatPluginsSayIsSafe() throws {
    let source = Repository.root.appending(path: "Tests/Fixtures/talking_reward.c")
    try Command.compilePlugin(source, to: folder.path("talking.so"))
    for command in [["plugin", "help", "./talking.so"], ["reward", "score", "--use", "./talking.so"]] {
      let result = try Command.run(polya, command, input: "{\"completion\":\"1\"}\n", folder: folder.url)
      #expect(result.status == 0, "\(result.errors)")
      #expect(!Self.isHostile(result.output) && !Self.isHostile(result.errors), "\(result)")
      #expect((result.output + result.errors).contains("\\u{1B}"), "\(command)")
    }
    let list = try Command.run(
      polya, ["plugin", "list"], folder: folder.url, environment: ["POLYA_PLUGIN_PATH": folder.url.path])
    #expect(list.output.contains("Talk\\u{1B}]0;owned\\u{7}ing") && !Self.isHostile(list.output))
  }

  @Test func pluginsCannotFloodTheTerminal() throws {
    let source = Repository.root.appending(path: "Tests/Fixtures/talking_reward.c")
    try Command.compilePlugin(source, to: folder.path("same.so"), defines: ["LINES=500"])
    try Command.compilePlugin(source, to: folder.path("numbered.so"), defines: ["LINES=500", "NUMBERED"])
    let rows = String(repeating: "{\"completion\":\"1\"}\n", count: 20)
    func score(_ plugin: String) throws -> [Substring] {
      let result = try Command.run(
        polya, ["reward", "score", "--use", plugin], input: rows, folder: folder.url)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.split(separator: "\n").count == 20)
      return result.errors.split(separator: "\n")
    }
    let same = try score("./same.so")
    #expect(
      same == [
        "./same.so: a \\u{1B}[31mred\\u{1B}[0m word", "./same.so: … the last line was repeated 9,999 times",
      ])
    // At most twenty a second; that this takes a minute is not to be expected.
    let numbered = try score("./numbered.so")
    #expect(
      numbered.count < 1500 && numbered.contains { $0.hasSuffix("lines not shown") }, "\(numbered.count)")
  }

  @Test func longMessagesAreCut() throws {
    for size in [70_000, 1_000_000] {
      try folder.write("long.json5", "{ polya: 1, \"\(String(repeating: "k", count: size))\": 1 }")
      let result = try Command.run(polya, ["doctor", "long.json5"], folder: folder.url)
      #expect(result.status == 2)
      for line in result.errors.split(separator: "\n") { #expect(line.count <= 2000, "\(line.count)") }
      #expect(result.errors.contains("more bytes) …"))
    }
  }

  @Test func wordsMustBeUTF8() throws {
    let result = try shell("\"$polya\" run $'a\\xff.json5'")
    #expect(result.status == 2 && result.errors.contains("argument 2 is not valid UTF-8"), "\(result.errors)")
    let manifest = "{ polya: 1, a\u{0}: 1 }".replacing("\u{0}", with: "X")
    var bytes = Array(manifest.utf8)
    bytes[bytes.firstIndex(of: UInt8(ascii: "X")) ?? 0] = 0xFF
    try Data(bytes).write(to: folder.url.appending(path: "bad.json5"))
    let key = try Command.run(polya, ["doctor", "bad.json5"], folder: folder.url)
    #expect(
      key.status == 2 && key.errors.contains("line 1, column 13: this key is not valid UTF-8"),
      "\(key.errors)")
  }
}
