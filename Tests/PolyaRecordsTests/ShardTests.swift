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

  /// Some frames of a mebibyte each.
  private func writeFrames() throws -> (file: String, whole: Data, records: Int) {
    let records = 3600
    var writer = ShardWriter(folder: folder.url.path, name: "rows")
    let words = Randomness(seed: 3)
    for number in 0..<records {
      let text = (0..<128).map { String(words.word(UInt64(number * 128 + $0)) % 1_000_000) }.joined(
        separator: " ")
      try writer.append(["id": JSON(number), "text": .string(text)])
    }
    try writer.flush()
    let file = try Shards.files(in: folder.url.path, name: "rows")[0]
    return (file, try Data(contentsOf: URL(filePath: file)), records)
  }

  private func frames(_ whole: Data) -> [Int] {
    let magic = Data([0x28, 0xB5, 0x2F, 0xFD])
    var places: [Int] = []
    while let next = whole.range(of: magic, in: (places.last.map { $0 + 4 } ?? 0)..<whole.count) {
      places.append(next.lowerBound)
    }
    return places
  }

  /// Reads until the damage, and says what it is.
  private func readUntilDamage(_ file: String) throws -> (ids: [Int64], error: PolyaError?) {
    var ids: [Int64] = []
    do {
      let reader = try RecordReader(file)
      while let record = try reader.next() { ids.append(record["id"]?.integer ?? -1) }
      return (ids, nil)
    } catch let error as PolyaError { return (ids, error) }
  }

  @Test func whatStandsBeforeDamageStaysReadable() throws {
    let (file, whole, records) = try writeFrames()
    let frames = frames(whole)
    #expect(frames.count == 4, "\(frames.count) frames")
    let all = try readUntilDamage(file)
    #expect(all.error == nil && all.ids == Array(0..<Int64(records)))
    for damaged in frames.indices {
      var broken = whole
      broken[frames[damaged] + 300_000 / (damaged == 3 ? 10 : 1)] ^= 4
      try broken.write(to: URL(filePath: file))
      let flipped = try readUntilDamage(file)
      #expect(flipped.error?.code == .corrupt && flipped.error?.place == file)
      #expect(
        flipped.error?.message.contains("in frame \(damaged + 1):") == true, "\(flipped.error?.message ?? "")"
      )
      try whole.prefix(frames[damaged] + 1000).write(to: URL(filePath: file))
      let cut = try readUntilDamage(file)
      #expect(
        cut.error?.message.contains("frame \(damaged + 1) has no end") == true, "\(cut.error?.message ?? "")")
      // Each frame but the last holds more than a quarter of the records, and all of them come before the damage.
      #expect(flipped.ids == cut.ids && flipped.ids == Array(0..<Int64(flipped.ids.count)))
      #expect(flipped.ids.count >= damaged * 1000)
    }
  }

  @Test func aResumedWriterMakesTheSameFrames() throws {
    let (_, whole, records) = try writeFrames()
    let other = try TemporaryFolder()
    var writer = ShardWriter(folder: other.url.path, name: "rows")
    for (number, record) in try Shards.read(folder: folder.url.path, name: "rows").enumerated() {
      if number == records / 2 {
        writer = ShardWriter(folder: other.url.path, name: "rows", resuming: writer.unwritten)
      }
      try writer.append(record)
    }
    try writer.flush()
    let file = try Shards.files(in: other.url.path, name: "rows")[0]
    #expect(try Data(contentsOf: URL(filePath: file)) == whole)
  }

  @Test func aFileOfOneFrameIsReadInParts() throws {
    // As zstd itself writes it, with lines that end nowhere near a part's end.
    let lines = (0..<60_000).map { "{\"id\":\($0),\"text\":\"\(String(repeating: "x", count: $0 % 700))\"}" }
    let plain = try folder.write("one.jsonl", lines.joined(separator: "\n"))
    let packed = try Command.run("/usr/bin/env", ["zstd", "-q", plain])
    #expect(packed.status == 0, "\(packed.errors)")
    for file in [plain, plain + ".zst"] {
      let read = try readUntilDamage(file)
      #expect(read.error == nil && read.ids == Array(0..<60_000))
    }
  }

  @Test func aMissingShardIsAnErrorWithAHint() throws {
    let error = #expect(throws: PolyaError.self) { try Shards.read(folder: folder.url.path, name: "rows") }
    #expect(error?.hint == "run its stage again")
  }

  @Test func aFullDiskIsReportedAndLeavesNoShard() throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let error = #expect(throws: PolyaError.self) { try FileBytes.create("/dev/full", with: [1, 2, 3]) }
    #expect(error?.message.contains("No space left") == true)
    #expect(error?.hint?.contains("free some space") == true)
  }
}

struct RecordTests {
  @Test func candidatesSurviveStorage() throws {
    let task = Task(
      key: "k", question: "q", reference: "1", referenceKind: "math", kind: "chain", level: 2,
      place: Task.Place(split: "train", index: 3, seed: .max))
    let candidate = CandidateRecord(
      id: "abc:1", task: task, strategy: "s", heuristic: "h", sample: 2,
      messages: [Message(role: "user", content: "p")],
      prompt: "p", answer: "a\u{0}b",
      tokens: [1, 2],
      finish: "stop", verdict: VerdictRecord(.abstained, notes: [Note("n")]), adherence: 0.25,
      seed: 1 << 63, model: "m")
    #expect(try CandidateRecord(JSONParser.parse(candidate.json.compact)) == candidate)
  }

  @Test func aRecordWithoutAFieldNamesIt() {
    let error = #expect(throws: PolyaError.self) { try TrainingRecord(["id": "x:1", "task": "t"]) }
    #expect(error?.message == "a training record x:1 has no valid 'prompt': it is missing")
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
