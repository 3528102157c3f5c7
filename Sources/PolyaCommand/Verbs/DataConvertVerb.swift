internal import PolyaCore
internal import PolyaHost
internal import PolyaRecords

enum DataConvertVerb: Verb {
  static let name = "data convert"
  static let summary = "Convert the tasks of files to rows of the format polya."
  static let operands = "FILE|FOLDER|-… > tasks.jsonl"
  static let options = DataFiles.options

  /// The number of rows per write.
  private static let batch = 256

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let given = try DataFiles.format(&arguments)
    let files = try DataFiles.read(&arguments)
    guard let format = given else {
      throw PolyaError(
        .configuration, "the format of the records is missing", at: "polya data convert",
        hint:
          "add --format with one of \(TaskFile.FormatName.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    var rows: [JSON] = []
    var count = 0
    // Write the tasks before a damaged record before reporting it.
    let result = Result {
      try tasks(files, format) { task in
        try environment.stop.check()
        rows.append(try task.row)
        count += 1
        guard rows.count == batch else { return }
        try Console.out(rows)
        rows.removeAll(keepingCapacity: true)
      }
    }
    try Console.out(rows)
    try result.get()
    if count == 0 { DataFiles.sayEmpty(files) }
  }

  /// Reads the tasks. With several files, ids are prefixed with the file's name so that they stay unique.
  private static func tasks(
    _ files: [DataFiles.File], _ format: TaskFile.Format, _ body: (Task) throws -> Void
  )
    throws
  {
    var seen: [String: String] = [:]
    for file in files {
      let name = file.path.split(separator: "/").last?.split(separator: ".").first ?? ""
      try TaskFile.each(of: file.path, format: format) { task in
        guard files.count > 1 else { return try body(task) }
        var task = task
        task.key = "\(name)/\(task.key)"
        if let earlier = seen.updateValue(file.name, forKey: task.key) {
          throw PolyaError(
            .configuration, "has a task '\(task.key)', which \(earlier) has, too", at: file.name,
            hint: "convert the files separately, or rename one of them")
        }
        try body(task)
      }
    }
  }
}
