package import PolyaCore

/// Tasks from files that people have.
package enum TaskFile {
  /// Reads the tasks of a file: JSON lines or one JSON document, plain or compressed with zstd; gzip is refused.
  ///
  /// - Throws: with file and record for one that does not fit the format, and for two records with one id.
  package static func read(_ path: String, format: Format) throws -> [Task] {
    var tasks: [Task] = []
    try each(of: path, format: format) { tasks.append($0) }
    return tasks
  }

  /// Hands over the tasks of a file as ``read(_:format:)`` reads them, one after the other; of a file of lines it holds
  /// little more than the ids.
  package static func each(of path: String, format: Format, _ body: (Task) throws -> Void) throws {
    var places: [String: Int] = [:]
    var index = 0
    try TaskDocument.eachTask(of: path, format: format) { record in
      for task in try TaskRecord(json: record, path: path, index: index).tasks(format) {
        let place = places.count + 1
        if let earlier = places.updateValue(place, forKey: task.key) {
          throw PolyaError(
            .configuration, "tasks \(earlier) and \(place) have the same id '\(task.key)'", at: path,
            hint: "give every record an id of its own")
        }
        try body(task)
      }
      index += 1
    }
  }

  /// Hands over the records of a file of any shape: its lines, the elements of its list, or its one document.
  package static func eachRecord(of path: String, _ body: (JSON) throws -> Void) throws {
    try TaskDocument.eachRecord(of: path, body)
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
