internal import PolyaCore

/// Finds the records of a file in any of the supported layouts.
enum TaskDocument {
  /// Calls `body` with each record that holds tasks.
  static func eachTask(of path: String, format: TaskFile.Format, _ body: (JSON) throws -> Void) throws {
    guard isDocument(path) else { return try eachRecord(of: path, body) }
    let document = try document(path)
    guard let records = (format == .bbh ? document["examples"] : document)?.array else {
      throw PolyaError(
        .configuration,
        format == .bbh
          ? "has no list 'examples', which the format bbh requires"
          : "contains \(document.typeName), not a list of records", at: path,
        hint: "check the format; a file with one record per line must end in .jsonl")
    }
    try records.forEach(body)
  }

  /// Calls `body` with each record: each line, each element of the list, or the single document.
  static func eachRecord(of path: String, _ body: (JSON) throws -> Void) throws {
    guard !path.hasSuffix(".gz") else {
      throw PolyaError(
        .file, "is compressed with gzip, which is not supported", at: path,
        hint: "decompress it with: gunzip --keep \(path)")
    }
    guard !isDocument(path) else {
      let document = try document(path)
      return try (document.array ?? [document]).forEach(body)
    }
    let reader = try RecordReader(path)
    while let record = try reader.next() { try body(record) }
  }

  private static func isDocument(_ path: String) -> Bool {
    path.hasSuffix(".json") || path.hasSuffix(".json.zst")
  }

  private static func document(_ path: String) throws -> JSON {
    let bytes = try Shards.bytes(of: path)
    do {
      return try JSONParser.parse(bytes)
    } catch let error as PolyaError {
      throw PolyaError(.corrupt, "is not JSON: \(error)", at: path)
    }
  }
}
