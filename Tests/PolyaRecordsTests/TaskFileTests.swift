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

  @Test func referencesOfOtherLanguagesNameThem() throws {
    let row =
      #"{"name":"HumanEval_0_f","language":"js","prompt":"function f(){\n","tests":"t","test":"t","stop_tokens":["\n}"]}"#
    let task = try task("m.jsonl", row, .multipleLanguages)
    let reference = try JSONParser.parse(task.reference)
    #expect(
      task.key == "HumanEval_0_f" && task.referenceKind == "unit-tests" && task.question == "function f(){\n")
    #expect(reference["tests"]?.string == "t" && reference["language"]?.string == "javascript")
    #expect(task.metadataJSON == #"{"stop_tokens":["\n}"]}"#)
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
    #expect(tasks.map(\.metadataJSON) == [#"{"choices":["Yes","No"]}"#, #"{"choices":["x","y"]}"#, ""])
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
    #expect(task.metadataJSON == #"{"choices":["x","y"]}"#)
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
      task.referenceKind == (isMath ? "math" : "text") && task.kind == "gcd"
        && task.metadataJSON == #"{"n":1}"#)
  }

  @Test func mistakesNameTheRecordAndGiveAHint() throws {
    func message(_ name: String, _ text: String, _ format: TaskFile.Format) throws -> String {
      let file = try folder.write(name, text)
      return #expect(throws: PolyaError.self) { try TaskFile.read(file, format: format) }?.description ?? ""
    }
    #expect(
      try message("a.jsonl", #"{"question":"q","choices":["x"],"answer":"D"}"#, .multipleChoice).contains(
        "record 1"))
    #expect(try message("b.json", "{}", .svamp).contains("contains an object, not a list"))
    #expect(try message("c.json", "[]", .bbh).contains("'examples'"))
    #expect(try message("d.jsonl.gz", "", .humaneval).contains("gunzip --keep"))
    let twice = #"{"id":"a","question":"q","answer":"1"}"#
    #expect(try message("e.jsonl", twice + "\n" + twice, .reasoningGym).contains("same id 'a'"))
    #expect(try message("f.jsonl", "[1]", .reasoningGym).contains("record 1 is a list"))
    let error = #expect(throws: PolyaError.self) { try TaskFile.FormatName(named: "gsm8") }
    #expect(error?.hint == "did you mean 'gsm8k'?")
  }

  private static let mapped = TaskFile.Format(
    .jsonl, fields: ["question": "prompt", "reference": "gold"])

  /// As TRL passes the columns of a data set that it does not use itself.
  @Test func allOtherFieldsAreRemarks() throws {
    let row =
      #"{"prompt":"q","gold":"4","id":"a","level":3,"metadata":{"x":[1,null]},"reference":"page 7","tag":null}"#
    let task = try task("j.jsonl", row, Self.mapped)
    #expect(task.question == "q" && task.reference == "4" && task.key == "a")
    #expect(
      task.metadataJSON == #"{"id":"a","level":3,"metadata":{"x":[1,null]},"reference":"page 7","tag":null}"#)
    #expect(try self.task("k.jsonl", #"{"prompt":"q","gold":4}"#, Self.mapped).metadataJSON.isEmpty)
  }

  @Test(arguments: [
    (["reference-kind": "text"], "text"), (["reference-kind-field": "sort"], "choice"), ([:], "math"),
  ])
  func theKindOfAReferenceIsWhatSomebodySays(_ said: (fields: [String: String], kind: String)) throws {
    let fields = said.fields.merging(["question": "prompt", "reference": "gold"]) { first, _ in first }
    let row = #"{"prompt":"q","gold":"4","sort":"choice","reference_kind":"math"}"#
    #expect(try task("j.jsonl", row, TaskFile.Format(.jsonl, fields: fields)).referenceKind == said.kind)
  }

  @Test func aKindThatNobodySaysIsNotMath() throws {
    #expect(try task("j.jsonl", #"{"prompt":"q","gold":"4"}"#, Self.mapped).referenceKind.isEmpty)
    let named = TaskFile.Format(
      .jsonl, fields: ["question": "prompt", "reference": "gold", "reference-kind-field": "sort"])
    let error = #expect(throws: PolyaError.self) {
      try self.task("k.jsonl", #"{"prompt":"q","gold":"4"}"#, named)
    }
    #expect(error?.message.contains("record 1 has no 'sort'") == true)
  }

  /// What a format reads is the task; what it does not read are its metadata, in every format of one table.
  @Test(arguments: [
    (TaskFile.Format.gsm8k, #"{"question":"q","answer":"x #### 4","source":"s"}"#, #"{"source":"s"}"#),
    (
      .math, #"{"problem":"q","answer":"4","solution":"so","level":5,"subject":"A"}"#,
      #"{"solution":"so","level":5,"subject":"A"}"#
    ),
    (.math, #"{"problem":"q","solution":"\\boxed{4}"}"#, #"{"solution":"\\boxed{4}"}"#),
    (
      .multipleChoice, #"{"question":"q","choices":["x","y"],"answer":1,"hint":"h"}"#,
      #"{"choices":["x","y"],"hint":"h"}"#
    ),
    (
      .dapo, #"{"prompt":"q","reward_model":{"ground_truth":"3"},"extra_info":{"index":7}}"#,
      #"{"extra_info":{"index":7}}"#
    ),
    (
      .mbpp, #"{"text":"Add.","task_id":2,"test_setup_code":"","test_list":["assert a"],"code":"c"}"#,
      #"{"code":"c"}"#
    ),
    (
      .humaneval,
      #"{"task_id":"0","prompt":"def f():","entry_point":"f","test":"t","canonical_solution":"c"}"#,
      #"{"entry_point":"f","canonical_solution":"c"}"#
    ),
    (
      .polya, #"{"id":"0","question":"q","reference":"1","reference_kind":"","metadata":{"n":1},"extra":2}"#,
      #"{"n":1,"extra":2}"#
    ),
    (.reasoningGym, #"{"question":"q","answer":"1","metadata":{"n":1}}"#, #"{"n":1}"#),
  ])
  func noFormatDropsAColumn(_ format: TaskFile.Format, row: String, metadata: String) throws {
    let task = try task("t.jsonl", row, format)
    #expect(task.metadataJSON == metadata)
    // Written and read again they are the same, as `polya data convert` promises.
    let again = try #require(
      try TaskFile.read(folder.write("again.jsonl", task.row.compact), format: .polya).first)
    #expect(again.metadataJSON == metadata)
  }

  @Test func rowsReadBackExactly() throws {
    let task = PolyaCore.Task(
      key: "k/1", question: "q\n\"ü\"", reference: "B", referenceKind: "choice", kind: "t", level: 2.5,
      metadataJSON: #"{"choices":["x","y"],"n":[1,2.5,null]}"#)
    let file = try folder.write("t.jsonl", task.row.compact)
    #expect(try TaskFile.read(file, format: .polya) == [task])
  }
}

/// Every file of tasks of the shared data, with the counts of its own manifest.
struct SharedTaskFileTests {
  private static let formats: [(prefix: String, format: TaskFile.Format)] = [
    ("gsm8k/t", .gsm8k), ("math/", .math), ("code/HumanEval", .humaneval),
    ("code/human-eval-example_problem", .humaneval),
    ("code/humaneval-swift", .multipleLanguages), ("code/mbpp", .mbpp), ("code/sanitized-mbpp", .mbpp),
    ("musr/", .musr), ("bbh/", .bbh),
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
    #expect(files == 44)
  }
}
