import Foundation
import PolyaTestSupport
import Testing

/// `polya data convert` and `polya data verify` as a user meets them.
struct DataVerbTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func convertedTasksConvertToThemselves() throws {
    let rows =
      #"{"question":"q","choices":["x","y"],"answer":1}"# + "\n"
      + #"{"question":"r","choices":["x"],"answer":"A"}"#
    let source = try folder.write("choices.jsonl", rows)
    let first = try Command.polya(["data", "convert", "--format", "multiple-choice", source])
    #expect(first.status == 0 && first.errors.isEmpty, "\(first.errors)")
    let lines = first.output.split(separator: "\n")
    #expect(
      lines.first
        == #"{"id":"0","question":"q\n\nOptions:\n(A) x\n(B) y","reference":"B","reference_kind":"choice","metadata":{"choices":["x","y"]}}"#
    )
    let tasks = try folder.write("tasks.jsonl", first.output)
    #expect(try Command.polya(["data", "convert", "--format", "polya", tasks]).output == first.output)
    #expect(
      try Command.polya(["data", "verify", "--format=polya", tasks]).output
        == "1 files, 2 tasks, none damaged\n")
  }

  @Test func severalFilesKeepTheirIdsApart() throws {
    let row = "{\"question\":\"q\",\"answer\":\"#### 1\"}"
    let files = [try folder.write("train.jsonl", row), try folder.write("test.jsonl", row)]
    let result = try Command.polya(["data", "convert", "--format", "gsm8k"] + files)
    #expect(result.output.contains(#""id":"train/0""#) && result.output.contains(#""id":"test/0""#))
  }

  @Test func verifyNamesTheFirstDamagedFileAndLine() throws {
    try folder.write("set/a.jsonl", "{}\n{}\n")
    let damaged = try folder.write("set/inner/b.jsonl", "{\"x\":1}\n{\"x\":\n")
    let result = try Command.polya(["data", "verify", folder.path("set")])
    #expect(result.status == 1 && result.output.isEmpty)
    #expect(result.errors.contains("\(damaged): line 2 is not JSON"), "\(result.errors)")
    try folder.write("set/inner/b.jsonl", "{\"x\":1}\n")
    #expect(
      try Command.polya(["data", "verify", folder.path("set")]).output == "2 files, 3 records, none damaged\n"
    )
  }

  @Test func verifyChecksThatRecordsAreTasks() throws {
    let file = try folder.write("a.jsonl", #"{"question":"q","answer":"no mark"}"#)
    let result = try Command.polya(["data", "verify", "--format", "gsm8k", file])
    #expect(
      result.status == 1 && result.errors.contains("the answer of record 1 has no '####'"), "\(result.errors)"
    )
  }

  @Test(
    arguments: [
      (["convert", "--format", "gsm8", "x"], 2, "did you mean 'gsm8k'?"),
      (["convert", "x"], 2, "add --format"),
      (["verify", "/nowhere.jsonl"], 1, "/nowhere.jsonl"),
      (["verify"], 2, "a file or folder with records is missing"),
    ] as [([String], Int32, String)])
  func mistakesHaveTheirExitCode(arguments: [String], status: Int32, message: String) throws {
    let result = try Command.polya(["data"] + arguments)
    #expect(result.status == status && result.errors.contains(message), "\(result.errors)")
    #expect(result.output.isEmpty)
  }
}
