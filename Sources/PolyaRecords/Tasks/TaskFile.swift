package import PolyaCore

/// Reads tasks from data files in common formats.
package enum TaskFile {
  /// Returns the tasks of a file: JSON lines or one JSON document, plain or zstd-compressed. gzip is refused.
  ///
  /// - Throws: With the file and record, if a record does not match the format or two records have the same
  ///   id.
  package static func read(_ path: String, format: Format) throws -> [Task] {
    var tasks: [Task] = []
    try each(of: path, format: format) { tasks.append($0) }
    return tasks
  }

  /// Calls `body` with each task of a file, as ``read(_:format:)`` reads them. For JSON lines, little more
  /// than the ids is kept in memory.
  package static func each(of path: String, format: Format, _ body: (Task) throws -> Void) throws {
    var places: [String: Int] = [:]
    var index = 0
    try TaskDocument.eachTask(of: path, format: format) { record in
      for task in try TaskRecord(json: record, path: path, index: index).tasks(format) {
        let place = places.count + 1
        if let earlier = places.updateValue(place, forKey: task.key) {
          throw PolyaError(
            .configuration, "tasks \(earlier) and \(place) have the same id '\(task.key)'", at: path,
            hint: "give every record its own id")
        }
        try body(task)
      }
      index += 1
    }
  }

  /// Calls `body` with each record of a file: each line, each element of its list, or its single document.
  package static func eachRecord(of path: String, _ body: (JSON) throws -> Void) throws {
    try TaskDocument.eachRecord(of: path, body)
  }

  /// Returns the contents of the last \boxed{…} with balanced braces, or nil if there is none.
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
