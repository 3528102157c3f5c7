import Foundation
import PolyaTestSupport
import Testing

/// Commands that read rows: as they come, in bounded memory, one bad line at a time.
struct RowStreamTests {
  private let folder: TemporaryFolder
  private let polya = Repository.products.appending(path: "polya").path

  init() throws { folder = try TemporaryFolder() }

  private func score(_ rows: String, _ options: [String] = ["--use", "polya.math-answer"]) throws
    -> CommandResult
  {
    try Command.run(polya, ["reward", "score"] + options, input: rows, folder: folder.url)
  }

  private func json(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private static let right = #"{"id":"r","completion":"\\boxed{1}","reference":"1","reference_kind":"math"}"#

  @Test func aBadLineCostsItself() throws {
    let bad = [
      "{", "[]", "{\"completion\":1}", "{\"id\":7}", "{\"completion\":\"1\",\"refrence\":\"1\"}", "\"\u{1}\"",
      "nonsense",
      "{\"completion\":\"1\",\"transcript\":[{}]}",
    ]
    let rows = bad.flatMap { [Self.right, $0, ""] } + [Self.right]
    let result = try score(rows.joined(separator: "\n"))
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let verdicts = try json(result.output)
    #expect(verdicts.count == 2 * bad.count + 1)
    for (index, verdict) in verdicts.enumerated() {
      let isBad = index % 2 == 1
      #expect(verdict["outcome"] as? String == (isBad ? "failed" : "right"))
      #expect(verdict["score"] as? Double == (isBad ? nil : 1))
      guard isBad else { continue }
      // Blank lines count, as they do for an editor.
      let line = index / 2 * 3 + 2
      #expect(verdict["line"] as? Int == line)
      let reason = try #require(verdict["reason"] as? String)
      #expect(reason.hasPrefix("stdin, line \(line)"), "\(reason)")
    }
    #expect(verdicts[7]["id"] as? Int == 7)
  }

  @Test func invalidUTF8IsSaidAndNotReplaced() throws {
    var bytes = Array((Self.right + "\n{\"completion\":\"X\"}\n").utf8)
    bytes[try #require(bytes.lastIndex(of: UInt8(ascii: "X")))] = 0xE9
    let file = folder.url.appending(path: "rows.jsonl")
    try Data(bytes).write(to: file)
    let result = try Command.run(
      "/usr/bin/env", ["bash", "-c", "\"\(polya)\" reward score --use polya.math-answer < rows.jsonl"],
      folder: folder.url)
    let reason = try #require(try json(result.output)[1]["reason"] as? String)
    #expect(reason.contains("line 2, column 15") && reason.contains("not valid UTF-8"), "\(reason)")
  }

  @Test(arguments: ["{\n", "{\n[]\n\n{\"id\":1}", String(repeating: "x\n", count: 1000)])
  func noRowJudgedIsAFailure(rows: String) throws {
    let result = try score(rows)
    #expect(result.status == 1)
    #expect(result.errors.contains("failed") && result.errors.contains("stdin, line 1"), "\(result.errors)")
    #expect(try json(result.output).allSatisfy { $0["outcome"] as? String == "failed" })
  }

  @Test(arguments: ["", "\n \n"])
  func nothingToJudgeIsSaid(rows: String) throws {
    let result = try score(rows)
    #expect(result.status == 0 && result.output.isEmpty && result.errors == "polya: stdin contains no rows\n")
  }

  @Test func aRewardThatFailsEveryRowExitsWithOne() throws {
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/length_reward.c"), to: folder.path("needs.so"),
      defines: ["NEEDS_TRANSCRIPT=1"])
    let told = #"{"completion":"a","transcript":[{"role":"user","content":"Answer:"}]}"#
    #expect(try score("{\"completion\":\"a\"}\n", ["--use", "./needs.so"]).status == 1)
    #expect(try score("{\"completion\":\"a\"}\n\(told)\n", ["--use", "./needs.so"]).status == 0)
  }

  @Test func neighborsOfOneGroupAreJudgedTogether() throws {
    let source = Repository.root.appending(path: "Tests/Fixtures/talking_reward.c")
    try Command.compilePlugin(source, to: folder.path("groups.so"), defines: ["GROUPS=1", "LINES=0"])
    // More than a batch of single rows and a group that would straddle its end; the score is the size of the call.
    var rows = (0..<200).map { _ in #"{"completion":"a"}"# }
    rows += (0..<100).map { _ in #"{"completion":"a","group":"g"}"# }
    let result = try score(rows.joined(separator: "\n"), ["--use", "./groups.so"])
    let sizes = try json(result.output).map { $0["score"] as? Double }
    #expect(sizes == Array(repeating: 200, count: 200) + Array(repeating: 100, count: 100))
  }

  /// A command whose input stays open while its output is read.
  private final class Conversation {
    let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var rest = Data()

    init(_ program: String, _ arguments: [String]) throws {
      process.executableURL = URL(filePath: program)
      process.arguments = arguments
      (process.standardInput, process.standardOutput) = (input, output)
      try process.run()
    }

    func say(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    func line() -> String? {
      while true {
        if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
          defer { rest = Data(rest[(end + 1)...]) }
          return String(decoding: rest[..<end], as: UTF8.self)
        }
        let part = output.fileHandleForReading.availableData
        guard !part.isEmpty else { return nil }
        rest += part
      }
    }

    func end() throws -> Int32 {
      try input.fileHandleForWriting.close()
      process.waitUntilExit()
      return process.terminationStatus
    }
  }

  @Test func eachLineIsAnsweredBeforeTheNext() throws {
    let talk = try Conversation(polya, ["reward", "score", "--use", "polya.math-answer"])
    for number in 0..<5 {
      try talk.say(Self.right.replacing("\"r\"", with: "\(number)") + "\n")
      #expect(talk.line()?.contains("\"id\":\(number),") == true)
    }
    // Half a line is no row yet.
    try talk.say(String(Self.right.prefix(20)))
    try talk.say(Self.right.dropFirst(20) + "\n")
    #expect(talk.line()?.contains("\"score\":1.0") == true)
    #expect(try talk.end() == 0)
  }

  @Test func modelsAnswerTheRowsBeforeABadOne() throws {
    let rows = "{\"text\":\"a\"}\n\n{\"text\":\"b\"}\n{\"txt\":\"c\"}\n{\"text\":\"d\"}\n"
    for verb in [["tokenize"], ["generate", "--max-tokens", "1"]] {
      let result = try Command.run(
        polya, ["model"] + verb + ["--option", "shape=tiny"], input: rows, folder: folder.url)
      #expect(result.status == 2 && result.output.split(separator: "\n").count == 2, "\(result)")
      #expect(result.errors.contains("stdin, line 4: the row has no 'text'"), "\(result.errors)")
    }
  }

  /// The most memory that a command and its workers had at once, in MiB.
  private func peak(_ command: [String], input: URL, output: URL) throws -> Double? {
    guard try Toolchain.has("python3") else { return nil }
    let script = """
      import resource, subprocess, sys
      done = subprocess.run(sys.argv[3:], stdin=open(sys.argv[1], "rb"), stdout=open(sys.argv[2], "wb"))
      print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
      """
    let result = try Command.run(
      "/usr/bin/env", ["python3", "-c", script, input.path, output.path, polya] + command, folder: folder.url)
    let words = result.output.split(whereSeparator: \.isWhitespace)
    try #require(words.count == 2 && words[0] == "0", "\(result.output) \(result.errors)")
    return try #require(Double(words[1])) / 1024
  }

  @Test func memoryDoesNotGrowWithTheRows() throws {
    let count = 100_000
    let row = #"{"completion":"the answer is \\boxed{12}","reference":"12","reference_kind":"math"}"# + "\n"
    let rows = folder.url.appending(path: "rows.jsonl")
    try Data(String(repeating: row, count: count).utf8).write(to: rows)
    let output = folder.url.appending(path: "out.jsonl")
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/length_reward.c"), to: folder.path("length.so"))
    let commands = [
      ["reward", "score", "--use", "./length.so"], ["data", "stats", rows.path],
      ["data", "verify", rows.path],
      ["data", "head", "--count", "\(count)", rows.path],
    ]
    for command in commands {
      guard let peak = try peak(command, input: rows, output: output) else { return }
      // As values in memory all rows would be more than a hundred.
      #expect(peak < 80, "\(command): \(peak) MiB")
    }
    // The last command was `head`.
    #expect(try Data(contentsOf: output).count { $0 == UInt8(ascii: "\n") } == count)
  }

  @Test func aLineWithoutEndIsARowThatFails() throws {
    let rows = folder.url.appending(path: "long.jsonl")
    try Data().write(to: rows)
    let file = try FileHandle(forWritingTo: rows)
    for _ in 0..<100 { try file.write(contentsOf: Data(repeating: UInt8(ascii: "x"), count: 1 << 20)) }
    try file.write(contentsOf: Data(("\n" + Self.right).utf8))
    try file.close()
    let output = folder.url.appending(path: "out.jsonl")
    guard let peak = try peak(["reward", "score", "--use", "polya.math-answer"], input: rows, output: output)
    else {
      return
    }
    let verdicts = try json(String(contentsOf: output, encoding: .utf8))
    #expect(verdicts.count == 2 && verdicts[1]["score"] as? Double == 1)
    let note = try #require(verdicts[0]["reason"] as? String)
    #expect(note.contains("line 1: is longer than 64 MiB"))
    #expect(peak < 250, "\(peak) MiB")
  }

  @Test func dataIsReadFromPipes() throws {
    let text = "{\"question\":\"q\",\"answer\":\"#### 1\"}\n"
    try folder.write("a.jsonl", text)
    for (line, part) in [
      ("cat a.jsonl | \"$polya\" data head -", "\"question\""),
      ("\"$polya\" data head <(cat a.jsonl)", "\"question\""),
      ("cat a.jsonl | \"$polya\" data stats /dev/stdin", "1 records, \(text.utf8.count) bytes"),
      ("cat a.jsonl | \"$polya\" data convert --format gsm8k -", "\"reference\":\"1\""),
      ("mkfifo f; cat a.jsonl > f & \"$polya\" data verify f", "1 records, none damaged"),
    ] {
      let result = try Command.run(
        "/usr/bin/env", ["bash", "-c", line], folder: folder.url, environment: ["polya": polya])
      #expect(result.status == 0 && result.output.contains(part), "\(line): \(result)")
    }
  }

  @Test func convertWritesWhatStandsBeforeDamage() throws {
    try folder.write(
      "a.jsonl", String(repeating: "{\"question\":\"q\",\"answer\":\"#### 1\"}\n", count: 600) + "{\n")
    let result = try Command.run(
      polya, ["data", "convert", "--format", "gsm8k", "a.jsonl"], folder: folder.url)
    #expect(result.status == 1 && result.errors.contains("line 601 is not JSON"))
    #expect(result.output.split(separator: "\n").count == 600)
  }

  @Test func emptyFilesAreSaid() throws {
    try folder.write("empty.jsonl", "")
    for command in [["head"], ["convert", "--format", "gsm8k"]] {
      let result = try Command.run(polya, ["data"] + command + ["empty.jsonl"], folder: folder.url)
      #expect(result.status == 0 && result.errors == "polya: empty.jsonl contains no records\n", "\(result)")
    }
    try folder.write("empty.json5", " \n")
    let manifest = try Command.run(polya, ["run", "empty.json5"], folder: folder.url)
    #expect(
      manifest.status == 2 && manifest.errors.contains("expected a value, found nothing"), "\(manifest)")
  }
}
