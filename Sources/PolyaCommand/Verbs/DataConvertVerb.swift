internal import PolyaCore
internal import PolyaRecords

enum DataConvertVerb: Verb {
  static let name = "data convert"
  static let usage =
    "--format NAME FILE… [\(DataFiles.fieldUsage)] > tasks.jsonl"
  static let summary = "Write the tasks of files as rows of the format polya."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    _ = arguments.flag("--json")
    let given = try DataFiles.format(&arguments)
    let files = try DataFiles.read(&arguments)
    guard let format = given else {
      throw PolyaError(
        .configuration, "the shape of the records is not given", at: "polya data convert",
        cure:
          "add --format with one of \(TaskFile.FormatName.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let rows = try tasks(files, format).map { try $0.row }
    rows.forEach { Console.out($0) }
  }

  /// Ids of several files get the file's name in front, so that they stay unique.
  private static func tasks(_ files: [String], _ format: TaskFile.Format) throws -> [Task] {
    var seen: [String: String] = [:]
    return try files.flatMap { file in
      let name = file.split(separator: "/").last?.split(separator: ".").first ?? ""
      return try TaskFile.read(file, format: format).map { task in
        var task = task
        if files.count > 1 { task.key = "\(name)/\(task.key)" }
        if let earlier = seen.updateValue(file, forKey: task.key) {
          throw PolyaError(
            .configuration, "has a task '\(task.key)' as \(earlier) has", at: file,
            cure: "convert the files one by one, or rename one of them")
        }
        return task
      }
    }
  }
}
