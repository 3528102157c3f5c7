public import PolyaCore

/// Tasks from files that people have.
public enum TaskFile {
  /// Reads the tasks of a file: JSON lines or one JSON document, compressed with zstd (`.zst`) or gzip (`.gz`) or not.
  ///
  /// - Throws: with file and record for one that does not fit the format, and for two records with one id.
  public static func read(_ path: String, format: Format) throws -> [Task] {
    let records = try TaskDocument.tasks(of: path, format: format)
    var tasks: [Task] = []
    for (index, record) in records.enumerated() {
      tasks += try TaskRecord(json: record, path: path, index: index).tasks(format)
    }
    try checkKeys(tasks, at: path)
    return tasks
  }

  /// The records of a file of any shape: its lines, the elements of its list, or its one document.
  public static func records(_ path: String) throws -> [JSON] {
    try TaskDocument.records(of: path)
  }

  private static func checkKeys(_ tasks: [Task], at path: String) throws {
    var places: [String: Int] = [:]
    for (index, task) in tasks.enumerated() {
      if let earlier = places.updateValue(index, forKey: task.key) {
        throw PolyaError(
          .configuration, "tasks \(earlier + 1) and \(index + 1) have the same id '\(task.key)'", at: path,
          cure: "give every record an id of its own")
      }
    }
  }

  /// The contents of the last \boxed{…}, braces balanced.
  static func lastBox(in text: String) -> String? {
    guard let start = text.ranges(of: "\\boxed{").last?.upperBound else { return nil }
    var depth = 1
    var end = start
    while end < text.endIndex {
      if text[end] == "{" { depth += 1 }
      if text[end] == "}" { depth -= 1 }
      if depth == 0 { return String(text[start..<end]) }
      end = text.index(after: end)
    }
    return nil
  }
}
