internal import Glibc
package import PolyaCore
internal import PolyaRecords

extension Pipeline {
  /// Repeats a step of a training from the stage's beginning, in a folder of its own, and compares it with the stage's records.
  ///
  /// The stage may be finished, or interrupted. The result of the run does not change.
  ///
  /// - Throws: `configuration` if the stage has no such step, `run` if a stage that it needs has not finished.
  package func replay(_ step: Int, of name: String, observer: any StageObserver) throws -> ReplayedStep {
    let key = try plan(targets: [name]).steps.first { $0.name == name }?.key ?? ""
    let place = folder.file("replays/\(name)-\(key.prefix(12))/step-\(step)")
    let metrics = StepMetrics(step, observer)
    let (stage, context) = try context(of: name, in: place, observer: metrics)
    guard let stage = stage as? any ReplayableStage else {
      throw PolyaError(
        .configuration, "a stage of the kind '\(entry(of: name).kind)' has no steps with records to repeat",
        at: "stages.\(name)", hint: "name a reinforce stage with --stage")
    }
    try Folder.create(folder.file("replays"))
    let lock = try RunLock(folder.file("replays/.lock"), of: "the folder of repeated steps")
    defer { withExtendedLifetime(lock) {} }
    try Durable.remove(place)
    try Folder.create(place)
    let records = try stage.replay(step, context)
    var writer = ShardWriter(folder: place, name: type(of: stage).records)
    for record in records { try writer.append(record) }
    try writer.flush()
    let recorded = try recorded(step, of: name, key: key, type(of: stage).records)
    return ReplayedStep(
      records: records, metrics: metrics.values, folder: place, wasRecorded: recorded != nil,
      differences: recorded.map { Self.differences(records, metrics.values, from: $0) } ?? [])
  }

  private typealias Recorded = (records: [JSON], metrics: [MetricName: Double])

  /// What the stage itself recorded of a step; nil if it has not come so far.
  private func recorded(_ step: Int, of name: String, key: String, _ shards: String) throws -> Recorded? {
    let final = folder.stageFolder(name, key)
    let place = Folder.exists(final) ? final : folder.asideFolder(name, key)
    guard Folder.exists(place) else { return nil }
    var records: [JSON] = []
    for file in try Shards.files(in: place, name: shards) {
      records += try Shards.read(file: file).filter { $0["step"]?.integer.map { Int($0) } == step }
    }
    guard !records.isEmpty else { return nil }
    var metrics: [MetricName: Double] = [:]
    let path = "\(place)/metrics.jsonl"
    if FileBytes.size(of: path) != nil {
      try FileBytes.eachLine(of: path) { line in
        let metric = try MetricRecord(line: line, of: path)
        if metric.step == step { metrics[metric.name] = metric.value }
      }
    }
    return (records, metrics)
  }

  private static func differences(
    _ records: [JSON], _ metrics: [MetricName: Double], from recorded: Recorded
  ) -> [String] {
    var found: [String] = []
    if records.count != recorded.records.count {
      found.append("\(records.count) records instead of \(recorded.records.count)")
    }
    for (index, (now, then)) in zip(records, recorded.records).enumerated() where now != then {
      guard case .object(let new) = now, case .object(let old) = then else { continue }
      let fields = new.pairs.map(\.key) + old.pairs.map(\.key).filter { new[$0] == nil }
      let changed = fields.filter { new[$0] != old[$0] }
      found.append("record \(index) differs in \(changed.joined(separator: ", "))")
    }
    // What only a whole run measures, such as validation, is not repeated.
    for name in metrics.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
      guard let then = recorded.metrics[name], let now = metrics[name] else { continue }
      if now.bitPattern != then.bitPattern, !(now.isNaN && then.isNaN) {
        found.append("\(name.rawValue) is \(now) instead of \(then)")
      }
    }
    return found
  }
}

/// Keeps the metrics of one step and passes on the rest.
private final class StepMetrics: StageObserver {
  private let step: Int
  private let observer: any StageObserver
  private(set) var values: [MetricName: Double] = [:]

  init(_ step: Int, _ observer: any StageObserver) {
    self.step = step
    self.observer = observer
  }

  func metric(_ name: MetricName, _ value: Double, step: Int) {
    if step == self.step { values[name] = value }
  }
  func progress(_ done: Int, of total: Int, _ note: String) { observer.progress(done, of: step + 1, note) }
  func table(_ rows: () -> [[String]]) {}
  func warn(_ message: String) { observer.warn(message) }
  func checkStop() throws { try observer.checkStop() }
}
