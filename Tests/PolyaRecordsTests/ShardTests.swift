import Foundation
import PolyaCore
import PolyaRecords
import PolyaTestSupport
import Testing

struct ShardTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ count: Int, perShard: Int) throws -> [String] {
    var writer = ShardWriter(folder: folder.url.path, name: "rows", recordsPerShard: perShard)
    for number in 0..<count { try writer.append(["id": JSON(number), "text": .string("row \(number) é\n")]) }
    try writer.flush()
    return try Shards.files(in: folder.url.path, name: "rows")
  }

  @Test func recordsComeBackInOrder() throws {
    let files = try write(25, perShard: 10)
    #expect(files.count == 3)
    let records = try Shards.read(folder: folder.url.path, name: "rows")
    #expect(records.compactMap { $0["id"]?.integer } == Array(0..<25))
    #expect(records[7]["text"] == "row 7 é\n")
  }

  @Test func otherToolsCanReadThem() throws {
    let files = try write(3, perShard: 10)
    let result = try Command.run("/usr/bin/env", ["zstdcat", files[0]])
    #expect(result.status == 0)
    #expect(result.output.split(separator: "\n").count == 3)
  }

  @Test func aTruncatedShardIsRefusedAtEveryLength() throws {
    let file = try write(40, perShard: 100)[0]
    let whole = try Data(contentsOf: URL(filePath: file))
    for length in stride(from: 1, to: whole.count, by: max(1, whole.count / 40)) {
      try whole.prefix(length).write(to: URL(filePath: file))
      let error = #expect(throws: PolyaError.self) { try Shards.read(file: file) }
      #expect(error?.code == .corrupt)
      #expect(error?.place == file)
    }
  }

  @Test func aFlippedBitIsRefused() throws {
    let file = try write(40, perShard: 100)[0]
    let whole = try Data(contentsOf: URL(filePath: file))
    let good = try Shards.read(file: file)
    for position in 4..<whole.count {
      var broken = whole
      broken[position] ^= 0x10
      try broken.write(to: URL(filePath: file))
      // A few bits of the frame header carry no information; what is read must then be the same.
      do { #expect(try Shards.read(file: file) == good) } catch {
        #expect((error as? PolyaError)?.code == .corrupt)
      }
    }
  }

  @Test func aMissingShardIsAnErrorWithItsCure() throws {
    let error = #expect(throws: PolyaError.self) { try Shards.read(folder: folder.url.path, name: "rows") }
    #expect(error?.cure == "run its stage again")
  }

  @Test func aFullDiskIsReportedAndLeavesNoShard() throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let error = #expect(throws: PolyaError.self) { try FileBytes.create("/dev/full", with: [1, 2, 3]) }
    #expect(error?.message.contains("No space left") == true)
    #expect(error?.cure?.contains("free some space") == true)
  }
}

struct RecordTests {
  @Test func candidatesSurviveStorage() throws {
    let task = Task(
      key: "k", question: "q", reference: "1", referenceKind: "math", kind: "chain", level: 2,
      place: Task.Place(split: "train", index: 3, seed: .max))
    let candidate = CandidateRecord(
      id: "abc:1", task: task, strategy: "s", heuristic: "h", sample: 2, prompt: "p", answer: "a\u{0}b",
      tokens: [1, 2],
      finish: "stop", outcome: .abstained, score: nil, extracted: "", notes: ["n"], adherence: 0.25,
      seed: 1 << 63,
      model: "m")
    #expect(try CandidateRecord(JSONParser.parse(candidate.json.compact)) == candidate)
  }

  @Test func aRecordWithoutAFieldNamesIt() {
    let error = #expect(throws: PolyaError.self) { try TrainingRecord(["id": "x:1", "task": "t"]) }
    #expect(error?.message == "a training record x:1 has no valid 'prompt': it is absent")
  }
}

struct TaskFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func readsTheThreeFormats() throws {
    let gsm8k = try folder.write("g.jsonl", #"{"question":"q","answer":"because <<1+1=2>>\n#### 1,234"}"#)
    #expect(try TaskFile.read(gsm8k, format: .gsm8k).first?.reference == "1,234")
    let math = try folder.write(
      "m.jsonl", #"{"problem":"p","solution":"so \\boxed{1} or \\boxed{\\frac{1}{2}}."}"#)
    #expect(try TaskFile.read(math, format: .math).first?.reference == "\\frac{1}{2}")
    let other = try folder.write("o.jsonl", #"{"in":"p","out":3}"#)
    let task = try #require(
      try TaskFile.read(other, format: .jsonl(question: "in", reference: "out", referenceKind: "text")).first)
    #expect(task.reference == "3")
    #expect(task.referenceKind == "text")
  }

  @Test func aMissingFieldNamesRecordAndNearestKey() throws {
    let file = try folder.write(
      "o.jsonl", "{\"question\":\"a\",\"answer\":\"#### 1\"}\n{\"qestion\":\"b\",\"answer\":\"\"}")
    let error = #expect(throws: PolyaError.self) { try TaskFile.read(file, format: .gsm8k) }
    #expect(error?.message == "the answer of record 2 has no '####'")
  }

  @Test func allOfGSM8KReads() throws {
    guard let data = Repository.data else {
      print("skipped: the data folder is not there (POLYA_DATA)")
      return
    }
    #expect(try TaskFile.read(data.appending(path: "gsm8k/train.jsonl").path, format: .gsm8k).count == 7473)
    #expect(try TaskFile.read(data.appending(path: "math/math500.jsonl").path, format: .math).count == 500)
  }
}
