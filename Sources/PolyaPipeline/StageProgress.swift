public import PolyaCore

/// What an interrupted training goes on from: the model with its optimizer, the metrics so far, and the stage's own
/// state.
///
/// Kept from time to time in folders `.progress-N` of the stage's folder, of which the newest complete one counts; they
/// go when the stage is done, so that an interruption leaves no trace in what a stage gives. Stands between a training
/// and the stage's observer to hear the metrics, which it adds to a file of their own: a long training must not pile them
/// up.
public final class StageProgress: StageObserver {
  private let folder: String
  private let observer: any StageObserver
  private let interval: Double
  private var lastKept = monotonicSeconds()
  /// Lines that are not in the file of metrics yet.
  private var pending: [UInt8] = []
  /// Bytes of that file that count: what is behind them was written by a process that died before it was done.
  private var recorded = 0
  /// Bytes of it that this process wrote behind those; nil: what stands there is not its own.
  private var added: Int?
  /// So many lines wait at most: a step of a small model takes a fraction of a millisecond.
  private static let mostPending = 1 << 20

  /// - Parameter minutes: between two moments at which progress is kept; 0: at every one that a stage offers.
  init(folder: String, observer: any StageObserver, minutes: Double) {
    self.folder = folder
    self.observer = observer
    interval = minutes * 60
  }

  private static let prefix = ".progress-"
  private var metricsPath: String { folder + "/.metrics.jsonl" }

  private func kept() throws -> [String] {
    try Folder.names(in: folder).filter { $0.hasPrefix(Self.prefix) }
      .sorted { ($0.count, $0) < ($1.count, $1) }
  }

  /// Loads the model as it was and records the metrics again; gives the stage's state and a reader of its files. nil when
  /// nothing was kept.
  public func resume(_ model: any LanguageModel) throws -> (state: JSON, file: (String) throws -> [UInt8])? {
    guard let name = try kept().last else { return nil }
    let path = folder + "/" + name
    do {
      return (try read(path, model), { try FileBytes.read(path + "/" + $0) })
    } catch var error as PolyaError {
      error.cure = "delete \(path) and run again; the stage then starts from its beginning"
      throw error
    }
  }

  private func read(_ path: String, _ model: any LanguageModel) throws -> JSON {
    let file = path + "/state.json"
    let json = try JSONParser.parse(try FileBytes.read(file), .json, at: file)
    guard let state = json["state"], let bytes = json["metrics_bytes"]?.integer else {
      throw PolyaError(.corrupt, "lacks its state", at: path)
    }
    try model.load(from: path + "/model")
    let end = try FileBytes.eachLine(of: metricsPath, upTo: Int(bytes)) { line in
      let line = try JSONParser.parse(Array(line))
      guard let name = line["name"]?.string.map(MetricName.init(rawValue:)),
        let step = line["step"]?.integer
      else { throw PolyaError(.corrupt, "has a metric that is none", at: metricsPath) }
      // What is not a number is null in JSON.
      observer.metric(name, line["value"]?.real ?? .nan, step: Int(step))
    }
    guard end == bytes else { throw PolyaError(.corrupt, "is cut short", at: metricsPath) }
    recorded = end
    return state
  }

  /// Keeps everything when it is time to, after a number of steps.
  ///
  /// - Parameter files: what the stage has not written yet, by name.
  public func keep(
    _ model: any LanguageModel, step: Int, state: @autoclosure () -> JSON,
    files: @autoclosure () -> [(name: String, bytes: [UInt8])] = []
  ) throws {
    guard monotonicSeconds() - lastKept >= interval else {
      if pending.count > Self.mostPending { try writePending() }
      return
    }
    let old = try kept()
    let aside = folder + "/.keeping"
    try Folder.remove(aside)
    try Folder.create(aside + "/saving")
    try model.save(to: aside + "/saving")
    try Folder.commit(aside + "/saving", as: aside + "/model")
    for (name, bytes) in files() { try FileBytes.create(aside + "/" + name, with: bytes) }
    try keepMetrics()
    let json: JSON = ["state": state(), "metrics_bytes": JSON(recorded)]
    try FileBytes.create(aside + "/state.json", with: Array(json.compact.utf8))
    try Folder.commit(aside, as: folder + "/\(Self.prefix)\(step)")
    for name in old { try Folder.remove(folder + "/" + name) }
    lastKept = monotonicSeconds()
  }

  private func keepMetrics() throws {
    try writePending()
    recorded += added ?? 0
    added = 0
  }

  private func writePending() throws {
    if added == nil { try FileBytes.truncate(metricsPath, to: recorded) }
    try FileBytes.append(metricsPath, pending)
    added = (added ?? 0) + pending.count
    pending.removeAll(keepingCapacity: true)
  }

  /// Removes what was kept.
  public func finish() throws {
    for name in try kept() + [".keeping"] { try Folder.remove(folder + "/" + name) }
    try FileBytes.remove(metricsPath)
  }

  /// Hands on, and remembers.
  public func metric(_ name: MetricName, _ value: Double, step: Int) {
    let line: JSON = ["name": .string(name.rawValue), "value": JSON(value), "step": JSON(step)]
    pending += Array((line.compact + "\n").utf8)
    observer.metric(name, value, step: step)
  }

  /// Hands on.
  public func progress(_ done: Int, of total: Int, _ note: String) {
    observer.progress(done, of: total, note)
  }

  /// Hands on.
  public func table(_ rows: () -> [[String]]) { observer.table(rows) }

  /// Hands on.
  public func warn(_ message: String) { observer.warn(message) }

  /// Hands on.
  public func checkStop() throws { try observer.checkStop() }
}
