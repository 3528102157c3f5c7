internal import PolyaCore

/// Finds the records of a file, whatever holds them.
enum TaskDocument {
  /// The records that are tasks.
  static func eachTask(of path: String, format: TaskFile.Format, _ body: (JSON) throws -> Void) throws {
    guard isDocument(path) else { return try eachRecord(of: path, body) }
    let document = try document(path)
    guard let records = (format == .bbh ? document["examples"] : document)?.array else {
      throw PolyaError(
        .configuration,
        format == .bbh
          ? "has no list 'examples', which a document of the format bbh has"
          : "holds \(document.typeName), not a list of records", at: path,
        hint: "check the format; the name of a file with one record a line ends in .jsonl")
    }
    try records.forEach(body)
  }

  /// All records: lines, elements of the one list, or the one document.
  static func eachRecord(of path: String, _ body: (JSON) throws -> Void) throws {
    guard !path.hasSuffix(".gz") else {
      throw PolyaError(
        .file, "is compressed with gzip, which is not read here", at: path,
        hint: "unpack it with: gunzip --keep \(path)")
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
