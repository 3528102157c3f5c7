internal import PolyaCore
internal import PolyaRecords

/// Reads each recorded metric once and keeps what a report shows of it.
struct RunMetrics {
  private struct Recorded {
    var offset = 0
    var series: [Report.Series] = []
    var byName: [String: Int] = [:]
  }

  private var stages: [String: Recorded] = [:]

  /// Returns the series of the given files, reading only what was added since the last call.
  mutating func series(of files: [(stage: String, path: String)]) throws -> [Report.Series] {
    for (stage, path) in files {
      var recorded = stages[stage] ?? Recorded()
      // The file is shorter than before, because a stage that starts again records its metrics again.
      if recorded.offset > 0, try FileBytes.read(path, from: recorded.offset - 1, count: 1).isEmpty {
        recorded = Recorded()
      }
      recorded.offset = try Self.each(of: path, from: recorded.offset) { metric in
        let name = metric.name.rawValue
        if recorded.byName[name] == nil {
          recorded.byName[name] = recorded.series.count
          recorded.series.append(Report.Series(name: name, stage: stage))
        }
        if let index = recorded.byName[name] {
          recorded.series[index].append(step: metric.step, value: metric.value)
        }
      }
      stages[stage] = recorded
    }
    return files.flatMap { stages[$0.stage]?.series ?? [] }
  }

  /// Writes one event file per stage. Wall times are zero, so that the files repeat byte for byte.
  static func writeTensorBoard(of path: String, to folder: String) throws {
    try Folder.create(folder)
    let file = folder + "/events.out.tfevents.0.polya"
    try FileBytes.create(file + ".part", with: [])
    var bytes = TensorBoardEvents.fileHeader(wallTime: 0)
    try each(of: path, from: 0) { metric in
      bytes += TensorBoardEvents.scalar(
        tag: metric.name.rawValue, value: metric.value, step: metric.step, wallTime: 0)
      guard bytes.count > 1 << 20 else { return }
      try FileBytes.append(file + ".part", bytes)
      bytes.removeAll()
    }
    try FileBytes.append(file + ".part", bytes)
    try Durable.rename(file + ".part", to: file)
  }

  @discardableResult
  private static func each(
    of path: String, from offset: Int, _ body: (MetricRecord) throws -> Void
  ) throws -> Int {
    try FileBytes.eachLine(of: path, from: offset) { line in try body(try MetricRecord(line: line, of: path))
    }
  }
}
