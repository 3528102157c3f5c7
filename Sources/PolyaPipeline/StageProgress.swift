package import PolyaCore
internal import PolyaRecords

/// The state from which an interrupted training resumes: the model with its optimizer, the metrics so far,
/// and the stage's own state.
///
/// It is saved from time to time in folders `.progress-N` in the stage's folder, of which the newest complete
/// one is used. They are removed when the stage is done, so an interruption leaves no trace in the result.
/// The object sits between a training and the stage's observer to receive the metrics, which it appends to a
/// file so that they do not accumulate in memory.
package final class StageProgress: StageObserver {
  private let folder: String
  private let observer: any StageObserver
  private let interval: Double
  private var lastKept = MonotonicClock.seconds()
  /// Lines not yet written to the metrics file.
  private var pending: [UInt8] = []
  /// The number of valid bytes in the metrics file. Later bytes are from an unfinished process and are
  /// discarded.
  private var recorded = 0
  /// The hash of the valid and the added bytes.
  private var hash = SHA256()
  /// The number of bytes that this process has added; nil if it has not yet written to the file.
  private var added: Int?
  /// The limit on pending bytes, which keeps writes rare when steps take a fraction of a millisecond.
  private static let mostPending = 1 << 20

  /// Creates the progress of a stage.
  ///
  /// - Parameter minutes: The least time between two saves; 0 saves at every opportunity.
  init(folder: String, observer: any StageObserver, minutes: Double) {
    self.folder = folder
    self.observer = observer
    interval = minutes * 60
  }

  static let prefix = ".progress-"
  private static let description = "state.json"
  private var metricsPath: String { folder + "/.metrics.jsonl" }

  private func kept() throws -> [String] {
    try Folder.names(in: folder).filter { $0.hasPrefix(Self.prefix) }
      .sorted { ($0.count, $0) < ($1.count, $1) }
  }

  /// Loads the saved model and replays the metrics. Returns the stage's state and a reader of its files, or
  /// nil if nothing intact was saved. Damaged progress is set aside with a warning, and the one before it is
  /// used.
  package func resume(_ model: any LanguageModel) throws -> (state: JSON, file: (String) throws -> [UInt8])? {
    for name in try kept().reversed() {
      let path = folder + "/" + name
      let kept: (state: JSON, bytes: Int)
      do { kept = try verify(path) } catch let error as PolyaError where error.code != .interrupted {
        let place = try Durable.setAside(path)
        observer.warn(
          "the saved progress of an interrupted training is damaged (\(error)); it was moved to \(place)")
        continue
      }
      try model.load(from: path + "/model")
      try replayMetrics(upTo: kept.bytes)
      return (kept.state, { try FileBytes.read(path + "/" + $0) })
    }
    return nil
  }

  private func verify(_ path: String) throws -> (state: JSON, bytes: Int) {
    let json = try FolderSeal.read("\(path)/\(Self.description)")
    _ = try FolderSeal.verify(json, of: path, name: Self.description, known: VerifiedFiles())
    guard let state = json["state"], let bytes = json["metrics_bytes"]?.integer,
      let sha256 = json["metrics_sha256"]?.string
    else { throw PolyaError(.corrupt, "lacks its state", at: path) }
    guard bytes == 0 || FileBytes.size(of: metricsPath) != nil,
      try bytes == 0 || FileBytes.digest(of: metricsPath, upTo: Int(bytes)) == (sha256, Int(bytes))
    else { throw PolyaError(.corrupt, "was changed after it was written", at: metricsPath) }
    return (state, Int(bytes))
  }

  private func replayMetrics(upTo bytes: Int) throws {
    guard bytes > 0 else { return }
    hash = SHA256()
    let end = try FileBytes.eachLine(of: metricsPath, upTo: bytes) { bytes in
      hash.update(bytes + [UInt8(ascii: "\n")])
      let metric = try MetricRecord(line: bytes, of: metricsPath)
      observer.metric(metric.name, metric.value, step: metric.step)
    }
    guard end == bytes else { throw PolyaError(.corrupt, "is cut short", at: metricsPath) }
    recorded = end
  }

  /// Saves everything after a number of steps, if enough time has passed since the last save.
  ///
  /// - Parameter files: Content that the stage has not written yet, by file name.
  /// - Returns: Whether it was saved.
  @discardableResult package func keep(
    _ model: any LanguageModel, step: Int, state: @autoclosure () -> JSON,
    files: @autoclosure () -> [(name: String, bytes: [UInt8])] = []
  ) throws -> Bool {
    guard MonotonicClock.seconds() - lastKept >= interval else {
      if pending.count > Self.mostPending { try writePending() }
      return false
    }
    let old = try kept()
    let aside = folder + "/.keeping"
    try Durable.remove(aside)
    try Folder.create(aside + "/model")
    try model.save(to: aside + "/model")
    for (name, bytes) in files() { try FileBytes.create(aside + "/" + name, with: bytes) }
    try keepMetrics()
    var hash = hash
    let document = try FolderSeal.document(
      ["state": state(), "metrics_bytes": JSON(recorded), "metrics_sha256": .string(hash.finish())],
      of: aside,
      name: Self.description)
    try FileBytes.create("\(aside)/\(Self.description)", with: document)
    let new = "\(Self.prefix)\(step)"
    try Durable.commit(aside, as: folder + "/" + new)
    for name in old where name != new { try Durable.remove(folder + "/" + name) }
    lastKept = MonotonicClock.seconds()
    return true
  }

  private func keepMetrics() throws {
    try writePending()
    recorded += added ?? 0
    added = 0
  }

  private func writePending() throws {
    if added == nil { try FileBytes.truncate(metricsPath, to: recorded) }
    try FileBytes.append(metricsPath, pending)
    hash.update(pending)
    added = (added ?? 0) + pending.count
    pending.removeAll(keepingCapacity: true)
  }

  /// Passes the metric on and records it for a resumed training.
  package func metric(_ name: MetricName, _ value: Double, step: Int) {
    pending += MetricRecord(stage: "", step: step, name: name, value: value).line
    observer.metric(name, value, step: step)
  }

  /// Passes the progress on.
  package func progress(_ done: Int, of total: Int, _ note: String) {
    observer.progress(done, of: total, note)
  }

  /// Passes the table on.
  package func table(_ rows: () -> [[String]]) { observer.table(rows) }

  /// Passes the warning on.
  package func warn(_ message: String) { observer.warn(message) }

  /// Asks the stage's observer.
  package func checkStop() throws { try observer.checkStop() }
}
