package import PolyaCore

/// Records as zstd-compressed JSON lines: `NAME-00000.jsonl.zst`, readable by `zstdcat | jq`.
///
/// A shard is written aside and renamed, so that it is whole or absent. About each mebibyte of lines is a frame of its
/// own, so that damage later costs no more than that.
package struct ShardWriter {
  private let folder: String
  private let name: String
  private let recordsPerShard: Int
  private var lines: [UInt8] = []
  private var pending = 0
  private let first: Int
  private var shard: Int
  /// Records written so far by this writer.
  package private(set) var count = 0

  /// Bytes of JSON so far, before they are packed.
  package private(set) var bytes = 0

  /// Starts at shard `first`.
  package init(folder: String, name: String, recordsPerShard: Int = 8192, first: Int = 0) {
    self.folder = folder
    self.name = name
    self.recordsPerShard = recordsPerShard
    self.first = first
    shard = first
  }

  /// Records that are in no shard yet, and the number of shards before; ``init(folder:name:resuming:)`` continues from it.
  package struct Pending: Sendable {
    /// Lines of JSON.
    package var lines: [UInt8]
    /// As in the writer.
    package var records, count, shard: Int

    /// What a writer had not written.
    package init(lines: [UInt8], records: Int, count: Int, shard: Int) {
      self.lines = lines
      self.records = records
      self.count = count
      self.shard = shard
    }
  }

  /// What is not written yet.
  package var unwritten: Pending { Pending(lines: lines, records: pending, count: count, shard: shard) }

  /// Resumes where another writer was.
  package init(folder: String, name: String, resuming rest: Pending) {
    self.init(folder: folder, name: name)
    lines = rest.lines
    pending = rest.records
    count = rest.count
    shard = rest.shard
  }

  /// The file that the next full shard becomes.
  package var nextFile: String { Shards.path(folder, name, shard) }

  /// Adds a record; writes a shard when it is full.
  package mutating func append(_ record: JSON) throws {
    let before = lines.count
    record.append(to: &lines)
    lines.append(UInt8(ascii: "\n"))
    bytes += lines.count - before
    pending += 1
    count += 1
    if pending == recordsPerShard { try flush() }
  }

  /// Writes what is pending as a shard of its own; an empty set of records is one empty shard.
  package mutating func flush() throws {
    guard pending > 0 || shard == first else { return }
    try Durable.replace(nextFile, with: try Zstd.compress(lines, in: frames))
    lines.removeAll()
    pending = 0
    shard += 1
  }

  /// Decided by the lines alone, so that a resumed writer makes the same bytes.
  private var frames: [Range<Int>] {
    var frames: [Range<Int>] = []
    var start = 0
    while lines.count - start > Self.frame,
      let end = lines[(start + Self.frame)...].firstIndex(of: UInt8(ascii: "\n")), end + 1 < lines.count
    {
      frames.append(start..<end + 1)
      start = end + 1
    }
    return frames + [start..<lines.count]
  }

  private static let frame = 1 << 20
}

/// Finds and reads shards.
package enum Shards {
  static func path(_ folder: String, _ name: String, _ index: Int) -> String {
    let digits = String(index)
    return "\(folder)/\(name)-\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits).jsonl.zst"
  }

  /// The shards of a folder in order; empty when it holds none.
  package static func files(in folder: String, name: String) throws -> [String] {
    try Folder.names(in: folder)
      .filter { $0.hasPrefix("\(name)-") && $0.hasSuffix(".jsonl.zst") }
      .map { "\(folder)/\($0)" }
  }

  /// Hands over all records of a folder, one after the other.
  ///
  /// - Throws: `corrupt` with shard and frame or line for a truncated, damaged or misformed shard; what stands before was
  ///   handed over.
  package static func each(folder: String, name: String, _ body: (JSON) throws -> Void) throws {
    let files = try files(in: folder, name: name)
    guard !files.isEmpty else {
      throw PolyaError(
        .corrupt, "holds no shard '\(name)-*.jsonl.zst'", at: folder, hint: "run its stage again")
    }
    for file in files {
      let reader = try RecordReader(file)
      while let record = try reader.next() { try body(record) }
    }
  }

  /// All records of a folder, which must fit into memory.
  package static func read(folder: String, name: String) throws -> [JSON] {
    var records: [JSON] = []
    try each(folder: folder, name: name) { records.append($0) }
    return records
  }

  /// The records of a shard that an interrupted attempt finished; nil when there is none, or when it is damaged: it is
  /// set aside then, so that it is made again.
  package static func reuse<Record>(
    file: String, warn: (String) -> Void, _ record: (JSON) throws -> Record
  ) throws -> [Record]? {
    guard FileBytes.size(of: file) != nil else { return nil }
    do { return try read(file: file).map(record) } catch let error as PolyaError where error.code == .corrupt
    {
      let place = try Durable.setAside(file)
      warn("\(error.description); it is kept as \(place), and made again")
      return nil
    }
  }

  /// All records of a JSON-lines file, compressed when its name ends in .zst; they must fit into memory.
  package static func read(file: String) throws -> [JSON] {
    let reader = try RecordReader(file)
    var records: [JSON] = []
    while let record = try reader.next() { records.append(record) }
    return records
  }

  /// The contents of a file, unpacked when its name ends in .zst.
  static func bytes(of file: String) throws -> [UInt8] {
    guard file.hasSuffix(".zst") else { return try FileBytes.read(file) }
    let reader = try ZstdReader(try ByteStream(file))
    var bytes: [UInt8] = []
    while let part = try reader.next() { bytes += part }
    return bytes
  }
}
