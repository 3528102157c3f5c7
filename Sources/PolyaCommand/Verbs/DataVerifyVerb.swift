internal import PolyaCore
internal import PolyaRecords

enum DataVerifyVerb: Verb {
  static let name = "data verify"
  static let usage =
    "FILE|FOLDER… [--format NAME [\(DataFiles.fieldUsage)]] [--json]"
  static let summary =
    "Read every record; stop at the first damaged file and name it. With --format, read tasks."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = arguments.flag("--json")
    let format = try DataFiles.format(&arguments)
    var total = 0
    let files = try DataFiles.read(&arguments)
    for file in files {
      let count = try count(file, format)
      total += count
      if asJSON {
        Console.out([
          "file": .string(file), format == nil ? "records" : "tasks": JSON(count), "damaged": false,
        ])
      }
    }
    if !asJSON {
      Console.out("\(files.count) files, \(total) \(format == nil ? "records" : "tasks"), none damaged")
    }
  }

  /// A record that does not fit the format is damage of the data, not a mistake in the command.
  private static func count(_ file: String, _ format: TaskFile.Format?) throws -> Int {
    guard let format else { return try TaskFile.records(file).count }
    do {
      return try TaskFile.read(file, format: format).count
    } catch var error as PolyaError where error.code == .configuration {
      error.code = .corrupt
      throw error
    }
  }
}
