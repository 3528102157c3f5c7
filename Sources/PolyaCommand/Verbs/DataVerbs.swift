internal import PolyaCore
internal import PolyaRecords

enum DataStatsVerb: Verb {
  static let name = "data stats"
  static let usage = "FILE|FOLDER… [--json]"
  static let summary = "Count records and fields of JSON lines and shards, and verify them."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = arguments.flag("--json")
    let files = try DataFiles.read(&arguments)
    for file in files {
      let reader = try RecordReader(file)
      var names: [String] = []
      var counts: [String: Int] = [:]
      var records = 0
      while let record = try reader.next() {
        records += 1
        guard case .object(let members) = record else { continue }
        for (key, value) in members where value != .null {
          if counts[key] == nil { names.append(key) }
          counts[key, default: 0] += 1
        }
      }
      let bytes = try FileBytes.read(file).count
      if asJSON {
        Console.out([
          "file": .string(file), "records": JSON(records), "bytes": JSON(bytes),
          "fields": .object(JSON.Members(names.map { ($0, JSON(counts[$0] ?? 0)) })),
        ])
      } else {
        Console.out("\(file): \(records) records, \(bytes) bytes")
        names.forEach { Console.out("  \($0): \(counts[$0] ?? 0)") }
      }
    }
  }
}

enum DataHeadVerb: Verb {
  static let name = "data head"
  static let usage = "FILE|FOLDER… [--count N]"
  static let summary = "Print the first records as JSON lines."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    _ = arguments.flag("--json")
    let count = try arguments.integer("--count") ?? 5
    var left = count
    for file in try DataFiles.read(&arguments) where left > 0 {
      let reader = try RecordReader(file)
      while left > 0, let record = try reader.next() {
        Console.out(record)
        left -= 1
      }
    }
  }
}
