internal import PolyaCore
internal import PolyaHost
internal import PolyaRecords

enum DataStatsVerb: Verb {
  static let name = "data stats"
  static let summary = "Count the records and fields of JSON lines and shards, and verify them."
  static let operands = DataFiles.operands

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    for file in try DataFiles.read(&arguments) {
      let reader = try RecordReader(file.path)
      var fields = FieldCounts()
      while let record = try reader.next() {
        try environment.stop.check()
        fields.add(record)
      }
      if asJSON {
        try Console.out([
          "file": .string(file.name), "records": JSON(fields.records), "bytes": JSON(reader.storedBytes),
          "fields": .object(JSON.Members(fields.sorted.map { ($0.name, JSON($0.count)) })),
        ])
      } else {
        try Console.out(
          "\(Shown.line(file.name)): \(fields.records) records, \(reader.storedBytes) bytes")
        try fields.sorted.forEach { try Console.out("  \(Shown.line($0.name)): \($0.count)") }
        if fields.others > 0 { try Console.out("  … \(fields.others.grouped) fields with other names") }
      }
    }
  }
}

/// Counts how often each field occurs in records.
private struct FieldCounts {
  private(set) var records = 0
  /// The number of fields whose names are not counted individually.
  private(set) var others = 0
  private var names: [String] = []
  private var counts: [String: Int] = [:]

  /// A limit on names, so that a file whose keys are data does not exhaust memory.
  private static let mostNames = 10_000

  /// The fields and their counts, in order of first appearance.
  var sorted: [(name: String, count: Int)] { names.map { ($0, counts[$0] ?? 0) } }

  mutating func add(_ record: JSON) {
    records += 1
    guard case .object(let members) = record else { return }
    for (key, value) in members where value != .null {
      if counts[key] == nil {
        guard names.count < Self.mostNames else {
          others += 1
          continue
        }
        names.append(key)
      }
      counts[key, default: 0] += 1
    }
  }
}

enum DataHeadVerb: Verb {
  static let name = "data head"
  static let summary = "Print the first records as JSON lines."
  static let operands = DataFiles.operands
  private static let count = Option("--count", "N", "number of records", default: 5)
  static let options: [any DeclaredOption] = [count]

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let count = try arguments.read(count)
    var left = count
    let files = try DataFiles.read(&arguments)
    for file in files where left > 0 {
      let reader = try RecordReader(file.path)
      while left > 0, let record = try reader.next() {
        try environment.stop.check()
        try Console.out(record)
        left -= 1
      }
    }
    if left == count { DataFiles.sayEmpty(files) }
  }
}
