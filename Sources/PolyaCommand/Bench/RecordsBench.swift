internal import Glibc
internal import PolyaBootstrap
internal import PolyaCore
internal import PolyaRecords

/// Measures the handling of candidates between sampling and training: writing, reading, deduplication, and
/// selection.
struct RecordsBench {
  /// The number of candidates. Each task has 64: 16 heuristics with 4 samples each.
  let count: Int
  private static let perTask = 64
  private static let tasksPerShard = 64
  private let random = Randomness(seed: 1)

  init(count: Int) { self.count = count }

  func run() throws -> JSON.Members {
    let folder = try Folder.temporary()
    let outcome = Result { try measure(folder) }
    try Folder.remove(folder)
    return try outcome.get()
  }

  private func measure(_ folder: String) throws -> JSON.Members {
    let (write, bytes) = try self.write(folder)
    let files = try Shards.files(in: folder, name: "candidates")
    let start = Clock.seconds()
    var found = 0
    try Shards.each(folder: folder, name: "candidates") {
      found += try CandidateRecord($0).sample < 0 ? 0 : 1
    }
    let read = Clock.seconds() - start
    guard found == count else {
      throw PolyaError(.corrupt, "only \(found) of \(count) records were read back", at: folder)
    }
    let (deduplicate, texts) = try self.deduplicate(files)
    let (select, selected) = try self.select(files)
    return [
      "records": JSON(count), "records_mb": JSON(bytes / 1e6),
      "records_write_mb_s": JSON(bytes / 1e6 / write),
      "records_read_mb_s": JSON(bytes / 1e6 / read), "near_duplicates_mb_s": JSON(texts / 1e6 / deduplicate),
      "records_select_mb_s": JSON(bytes / 1e6 / select), "records_selected": JSON(selected),
      "peak_memory_mb": JSON(Self.peakMegabytes),
    ]
  }

  /// Returns the seconds and the bytes of JSON written, without the time to generate the candidates.
  private func write(_ folder: String) throws -> (seconds: Double, bytes: Double) {
    let perShard = Self.perTask * Self.tasksPerShard
    var writer = ShardWriter(folder: folder, name: "candidates", recordsPerShard: perShard)
    var seconds = 0.0
    for first in stride(from: 0, to: count, by: perShard) {
      let part = (first..<min(first + perShard, count)).map(candidate)
      let start = Clock.seconds()
      for candidate in part { try writer.append(candidate.json) }
      seconds += Clock.seconds() - start
    }
    let start = Clock.seconds()
    try writer.flush()
    return (seconds + Clock.seconds() - start, Double(writer.bytes))
  }

  /// Returns the seconds of comparing the answers of each task with each other, and their bytes, without the
  /// time to read them.
  private func deduplicate(_ files: [String]) throws -> (seconds: Double, bytes: Double) {
    var (seconds, bytes) = (0.0, 0)
    try TaskGroups([files]).each { group in
      let start = Clock.seconds()
      var known = NearDuplicates(threshold: 0.8)
      for candidate in group { _ = known.insert(candidate.answer) }
      seconds += Clock.seconds() - start
      bytes += group.reduce(0) { $0 + $1.answer.utf8.count }
      return true
    }
    return (seconds, Double(bytes))
  }

  /// Returns the seconds of reading, deduplicating, and selecting 16 of 64 candidates, and the number
  /// selected.
  private func select(_ files: [String]) throws -> (seconds: Double, chosen: Int) {
    let selection = Selection(variants: 16, duplicates: .near(0.8))
    var counts = Selection.Counts()
    var chosen = 0
    let start = Clock.seconds()
    try TaskGroups([files]).each { group in
      chosen += selection.variants(of: group, random: random, counting: &counts).count
      return true
    }
    return (Clock.seconds() - start, chosen)
  }

  /// Returns a candidate of about one kilobyte of JSON. One in ten copies another's answer with one word
  /// changed.
  private func candidate(_ number: Int) -> CandidateRecord {
    let (group, place) = (number / Self.perTask, number % Self.perTask)
    let isCopy = place % 10 == 9
    let task = random.stream("\(group)")
    let words = task.stream("\(isCopy ? place - 1 : place)")
    func sentence(_ words: Randomness, _ count: Int) -> String {
      (0..<count).map { Self.words[Int(words.word(UInt64($0)) % UInt64(Self.words.count))] }.joined(
        separator: " ")
    }
    let question = sentence(task, 30)
    return CandidateRecord(
      id: "0123456789ab:\(number)",
      task: Task(
        key: "task-\(group)", question: question, reference: "42", referenceKind: "math", kind: "bench"),
      strategy: "polya.heuristics", heuristic: "heuristic-\(place / 4)", sample: place % 4,
      messages: [], prompt: "Question: \(question)\nApproach: working backwards\nAnswer:",
      answer: sentence(words, 60) + (isCopy ? " indeed" : ".") + "\n#### 42",
      tokens: (0..<80).map { Int32(truncatingIfNeeded: words.word($0) % 2048) }, finish: "stop",
      verdict: VerdictRecord(.right, score: 1, extracted: "42"), adherence: Double(place) / 64,
      seed: words.key,
      model: "0123456789abcdef")
  }

  private static let words =
    "add take twice half six seven eight nine ten from of and then so left had gave more less \u{e9}tape = + 3 14 159"
    .split(separator: " ").map(String.init)

  private static var peakMegabytes: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1e3
  }
}
