internal import PolyaCore

/// Finds the records of a file, whatever holds them.
enum TaskDocument {
  /// The records that are tasks.
  static func tasks(of path: String, format: TaskFile.Format) throws -> [JSON] {
    guard isDocument(path) else { return try records(of: path) }
    let document = try document(path)
    guard let records = (format == .bbh ? document["examples"] : document)?.array else {
      throw PolyaError(
        .configuration,
        format == .bbh
          ? "has no list 'examples', which a document of the format bbh has"
          : "holds \(document.typeName), not a list of records", at: path,
        cure: "check the format; the name of a file with one record a line ends in .jsonl")
    }
    return records
  }

  /// All records: lines, elements of the one list, or the one document.
  static func records(of path: String) throws -> [JSON] {
    guard !path.hasSuffix(".gz") else {
      throw PolyaError(
        .file, "is compressed with gzip, which is not read here", at: path,
        cure: "unpack it with: gunzip --keep \(path)")
    }
    guard isDocument(path) else { return try Shards.read(file: path) }
    let document = try document(path)
    return document.array ?? [document]
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
