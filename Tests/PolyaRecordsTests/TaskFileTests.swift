import Foundation
import PolyaCore
import PolyaTestSupport
import Testing

@testable import PolyaRecords

/// The formats on rows of their own, with what the data sets' documentation says they mean.
struct TaskFormatTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func task(_ name: String, _ text: String, _ format: TaskFile.Format) throws -> PolyaCore.Task {
    try #require(try TaskFile.read(folder.write(name, text), format: format).first)
  }

  @Test func humanEvalChecksItsEntryPoint() throws {
    let row =
      #"{"task_id":"HumanEval/0","prompt":"def f():\n","entry_point":"f","test":"def check(c):\n  assert c()"}"#
    let task = try task("h.jsonl", row, .humaneval)
    let reference = try JSONParser.parse(task.reference)
    #expect(task.key == "HumanEval/0" && task.referenceKind == "unit-tests" && task.question == "def f():\n")
    #expect(reference["tests"]?.string == "def check(c):\n  assert c()\ncheck(f)\n")
    #expect(reference["entry"]?.string == "f" && reference["prompt"]?.string == "def f():\n")
  }

  @Test func mbppShowsItsTests() throws {
    let full = try task(
      "a.jsonl",
      #"{"text":"Add.","task_id":2,"test_setup_code":"import x","test_list":["assert a","assert b"]}"#, .mbpp)
    #expect(
      full.key == "2" && full.question.hasPrefix("Add.\n") && full.question.hasSuffix("\nassert a\nassert b"))
    let reference = try JSONParser.parse(full.reference)
    #expect(reference["setup"]?.string == "import x" && reference["tests"]?.string == "assert a\nassert b")
    let sanitized = try task(
      "b.json",
      #"[{"prompt":"Add.","task_id":2,"test_imports":["import y","import z"],"test_list":["assert a"]}]"#,
      .mbpp)
    #expect(try JSONParser.parse(sanitized.reference)["setup"]?.string == "import y\nimport z")
  }

  @Test func bbhIsChoiceWhereItListsOptionsAndTextElsewhere() throws {
    let file = try folder.write(
      "navigate.json",
      #"{"canary":"c","examples":[{"input":"q\nOptions:\n- Yes\n- No","target":"No"},"#
        + #"{"input":"q\nOptions:\n(A) x\n(B) y","target":"(B)"},{"input":"True and False is","target":"False"}]}"#
    )
    let tasks = try TaskFile.read(file, format: .bbh)
    #expect(tasks.map(\.referenceKind) == ["choice", "choice", "text"])
    #expect(tasks.map(\.reference) == ["No", "B", "False"])
    #expect(tasks.map(\.metaJSON) == [#"{"choices":["Yes","No"]}"#, #"{"choices":["x","y"]}"#, ""])
    #expect(tasks.allSatisfy { $0.kind == "navigate" })
  }

  @Test(arguments: [
    #"{"question":"q","choices":["x","y"],"answer":1}"#,
    #"{"question":"q","choices":["x","y"],"answer":"B"}"#,
    #"{"question":"q","choices":["x","y"],"answer":"y"}"#,
    #"{"question":"q","choices":["x","y"],"answer_index":1}"#,
    #"{"question":"q","choices":{"text":["x","y"],"label":["1","2"]},"answerKey":"2"}"#,
  ])
  func multipleChoiceTakesAnIndexALetterOrAText(row: String) throws {
    let task = try task("m.jsonl", row, .multipleChoice)
    #expect(task.reference == "B" && task.question == "q\n\nOptions:\n(A) x\n(B) y")
    #expect(task.metaJSON == #"{"choices":["x","y"]}"#)
  }

  @Test func dapoTakesTheUsersMessageAndTheTruth() throws {
    let chat =
      #"{"prompt":[{"role":"user","content":"q"}],"reward_model":{"ground_truth":"34"},"ability":"MATH"}"#
    let task = try task("d.jsonl", chat, .dapo)
    #expect(
      task.question == "q" && task.reference == "34" && task.referenceKind == "math" && task.kind == "MATH")
    #expect(
      try self.task("e.jsonl", #"{"prompt":"p","reward_model":{"ground_truth":3}}"#, .dapo).reference == "3")
  }

  @Test(arguments: [
    ("-12", true), ("3/4", true), ("$3/4$", true), ("0.5", true), ("06:12", false), ("a", false),
  ])
  func reasoningGymIsMathWhereTheAnswerIsANumber(answer: String, isMath: Bool) throws {
    let row = #"{"id":"g-0","task":"gcd","question":"q","answer":"\#(answer)","metadata":{"n":1}}"#
    let task = try task("r.jsonl", row, .reasoningGym)
    #expect(
      task.referenceKind == (isMath ? "math" : "text") && task.kind == "gcd" && task.metaJSON == #"{"n":1}"#)
  }

  @Test func mistakesNameTheRecordAndACure() throws {
    func message(_ name: String, _ text: String, _ format: TaskFile.Format) throws -> String {
      let file = try folder.write(name, text)
      return #expect(throws: PolyaError.self) { try TaskFile.read(file, format: format) }?.description ?? ""
    }
    #expect(
      try message("a.jsonl", #"{"question":"q","choices":["x"],"answer":"D"}"#, .multipleChoice).contains(
        "record 1"))
    #expect(try message("b.json", "{}", .svamp).contains("holds an object, not a list"))
    #expect(try message("c.json", "[]", .bbh).contains("'examples'"))
    #expect(try message("d.jsonl.gz", "", .humaneval).contains("gunzip --keep"))
    let twice = #"{"id":"a","question":"q","answer":"1"}"#
    #expect(try message("e.jsonl", twice + "\n" + twice, .reasoningGym).contains("same id 'a'"))
    #expect(try message("f.jsonl", "[1]", .reasoningGym).contains("record 1 is a list"))
    let error = #expect(throws: PolyaError.self) { try TaskFile.FormatName(named: "gsm8") }
    #expect(error?.cure == "did you mean 'gsm8k'?")
  }

  @Test func rowsReadBackExactly() throws {
    let task = PolyaCore.Task(
      key: "k/1", question: "q\n\"ü\"", reference: "B", referenceKind: "choice", kind: "t", level: 2.5,
      metaJSON: #"{"choices":["x","y"],"n":[1,2.5,null]}"#)
    let file = try folder.write("t.jsonl", task.row.compact)
    #expect(try TaskFile.read(file, format: .polya) == [task])
  }
}

/// Every file of tasks of the shared data, with the counts of its own manifest.
struct SharedTaskFileTests {
  private static let formats: [(prefix: String, format: TaskFile.Format)] = [
    ("gsm8k/t", .gsm8k), ("math/", .math), ("code/HumanEval", .humaneval),
    ("code/human-eval-example_problem", .humaneval),
    ("code/mbpp", .mbpp), ("code/sanitized-mbpp", .mbpp), ("musr/", .musr), ("bbh/", .bbh),
    ("wordproblems/", .svamp), ("procedural/", .reasoningGym),
  ]
  /// Stories with several questions: five files' records are more tasks.
  private static let questions = ["musr/small_object_placements.json": 20]

  @Test func everyFileHasTheTasksOfTheManifest() throws {
    guard let data = Repository.data else {
      print("skipped: the data folder is not there (POLYA_DATA)")
      return
    }
    let scratch = try TemporaryFolder()
    var files = 0
    for row in try Shards.read(file: data.appending(path: "MANIFEST.jsonl").path) {
      let name = try #require(row["path"]?.string)
      guard let format = Self.formats.first(where: { name.hasPrefix($0.prefix) })?.format else { continue }
      var file = data.appending(path: name).path
      if name.hasSuffix(".gz") {
        let unpacked = try Command.run("/usr/bin/env", ["gzip", "-dc", file])
        file = try scratch.write("HumanEval.jsonl", unpacked.output)
      }
      let tasks = try TaskFile.read(file, format: format)
      let expected = Self.questions[name] ?? row["records"]?.integer.map { Int($0) }
      #expect(tasks.count == expected, "\(name)")
      #expect(Set(tasks.map(\.key)).count == tasks.count, "\(name)")
      #expect(
        tasks.allSatisfy { !$0.question.isEmpty && !$0.reference.isEmpty && !$0.referenceKind.isEmpty },
        "\(name)")
      files += 1
    }
    #expect(files == 43)
  }
}
