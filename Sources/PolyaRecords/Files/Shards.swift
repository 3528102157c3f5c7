package import PolyaCore

/// Writes records as zstd-compressed JSON lines, `NAME-00000.jsonl.zst`, readable with `zstdcat | jq`.
///
/// A shard is written under a temporary name and renamed, so it is either complete or absent. About every MiB
/// of lines is a separate frame, which limits the loss from later damage to that frame.
package struct ShardWriter {
  private let folder: String
  private let name: String
  private let recordsPerShard: Int
  private var lines: [UInt8] = []
  private var pending = 0
  private let first: Int
  private var shard: Int
  /// The number of records this writer has written so far.
  package private(set) var count = 0

  /// The number of bytes of JSON so far, before compression.
  package private(set) var bytes = 0

  /// Creates a writer whose first shard is number `first`.
  package init(folder: String, name: String, recordsPerShard: Int = 8192, first: Int = 0) {
    self.folder = folder
    self.name = name
    self.recordsPerShard = recordsPerShard
    self.first = first
    shard = first
  }

  /// The records that are not yet in a shard, with the writer's position, for
  /// ``init(folder:name:resuming:)``.
  package struct Pending: Sendable {
    /// The pending lines of JSON.
    package var lines: [UInt8]
    /// The number of pending records, of all records, and of the next shard.
    package var records, count, shard: Int

    /// Creates the pending part of a writer.
    package init(lines: [UInt8], records: Int, count: Int, shard: Int) {
      self.lines = lines
      self.records = records
      self.count = count
      self.shard = shard
    }
  }

  /// The part that is not yet written.
  package var unwritten: Pending { Pending(lines: lines, records: pending, count: count, shard: shard) }

  /// Resumes where another writer stopped.
  package init(folder: String, name: String, resuming rest: Pending) {
    self.init(folder: folder, name: name)
    lines = rest.lines
    pending = rest.records
    count = rest.count
    shard = rest.shard
  }

  /// The path of the next shard.
  package var nextFile: String { Shards.path(folder, name, shard) }

  /// Adds a record, and writes a shard when it is full.
  package mutating func append(_ record: JSON) throws {
    let before = lines.count
    record.append(to: &lines)
    lines.append(UInt8(ascii: "\n"))
    bytes += lines.count - before
    pending += 1
    count += 1
    if pending == recordsPerShard { try flush() }
  }

  /// Writes the pending records as a shard of their own. If there are no records at all, writes one empty
  /// shard.
  package mutating func flush() throws {
    guard pending > 0 || shard == first else { return }
    try Durable.replace(nextFile, with: try Zstd.compress(lines, in: frames))
    lines.removeAll()
    pending = 0
    shard += 1
  }

  /// The frame boundaries, which depend only on the lines, so that a resumed writer produces the same bytes.
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
    "\(folder)/\(file(name, index))"
  }

  /// Returns the name of a shard's file.
  package static func file(_ name: String, _ index: Int) -> String {
    let digits = String(index)
    return "\(name)-\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits).jsonl.zst"
  }

  /// Returns the paths of a folder's shards in order; empty if there are none.
  package static func files(in folder: String, name: String) throws -> [String] {
    try Folder.names(in: folder)
      .filter { $0.hasPrefix("\(name)-") && $0.hasSuffix(".jsonl.zst") }
      .map { "\(folder)/\($0)" }
  }

  /// Calls `body` with each record of a folder, in order.
  ///
  /// - Throws: `corrupt` with the shard and the frame or line if a shard is truncated, damaged, or malformed.
  ///   The records before that point were passed to `body`.
  package static func each(folder: String, name: String, _ body: (JSON) throws -> Void) throws {
    let files = try files(in: folder, name: name)
    guard !files.isEmpty else {
      throw PolyaError(
        .corrupt, "contains no shard '\(name)-*.jsonl.zst'", at: folder, hint: "run its stage again")
    }
    for file in files {
      let reader = try RecordReader(file)
      while let record = try reader.next() { try body(record) }
    }
  }

  /// Returns all records of a folder, which must fit in memory.
  package static func read(folder: String, name: String) throws -> [JSON] {
    var records: [JSON] = []
    try each(folder: folder, name: name) { records.append($0) }
    return records
  }

  /// Returns the records of a shard that an interrupted attempt finished, or nil if it is missing or damaged.
  /// A damaged shard is set aside, so that the caller can write it again.
  package static func reuse<Record>(
    file: String, warn: (String) -> Void, _ record: (JSON) throws -> Record
  ) throws -> [Record]? {
    guard FileBytes.size(of: file) != nil else { return nil }
    do { return try read(file: file).map(record) } catch let error as PolyaError where error.code == .corrupt
    {
      let place = try Durable.setAside(file)
      warn("\(error.description); it was renamed to \(place) and will be written again")
      return nil
    }
  }

  /// Returns all records of a JSON-lines file, which must fit in memory. The file is decompressed if its name
  /// ends in .zst.
  package static func read(file: String) throws -> [JSON] {
    let reader = try RecordReader(file)
    var records: [JSON] = []
    while let record = try reader.next() { records.append(record) }
    return records
  }

  /// Returns the contents of a file, decompressed if its name ends in .zst.
  static func bytes(of file: String) throws -> [UInt8] {
    guard file.hasSuffix(".zst") else { return try FileBytes.read(file) }
    let reader = try ZstdReader(try ByteStream(file))
    var bytes: [UInt8] = []
    while let part = try reader.next() { bytes += part }
    return bytes
  }
}
