internal import PolyaCore
internal import PolyaHost
internal import PolyaRecords

enum DataVerifyVerb: Verb {
  static let name = "data verify"
  static let summary = "Read every record; stop at the first damaged file and name it."
  static let operands = DataFiles.operands
  static let details = "  With --format, the records must be tasks."
  static let options = DataFiles.options

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let format = try DataFiles.format(&arguments)
    var total = 0
    let files = try DataFiles.read(&arguments)
    for file in files {
      let count = try count(file.path, format, environment)
      total += count
      if asJSON {
        try Console.out([
          "file": .string(file.name), format == nil ? "records" : "tasks": JSON(count), "damaged": false,
        ])
      }
    }
    if !asJSON {
      try Console.out("\(files.count) files, \(total) \(format == nil ? "records" : "tasks"), none damaged")
    }
  }

  /// Reports a record that does not match the format as damaged data, not as a mistake in the command.
  private static func count(_ path: String, _ format: TaskFile.Format?, _ environment: CommandEnvironment)
    throws
    -> Int
  {
    var count = 0
    do {
      if let format {
        try TaskFile.each(of: path, format: format) { _ in
          try environment.stop.check()
          count += 1
        }
      } else {
        try TaskFile.eachRecord(of: path) { _ in
          try environment.stop.check()
          count += 1
        }
      }
      return count
    } catch var error as PolyaError where error.code == .configuration {
      error.code = .corrupt
      throw error
    }
  }
}
