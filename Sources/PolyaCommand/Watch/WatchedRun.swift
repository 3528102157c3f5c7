internal import PolyaCore
internal import PolyaPipeline
internal import PolyaRecords

/// Reads what a run has written since it was last looked at.
struct WatchedRun {
  private let folder: RunFolder
  private var file: String?
  private var offset = 0
  private var metrics: [WatchScreen.Metric] = []
  private var places: [MetricName: Int] = [:]
  private var steps = 0

  /// The metrics that come first; the others follow in the order in which they were recorded.
  private static let foremost: [MetricName] = [.rewardMean, .loss, .entropy]

  init(_ folder: RunFolder) { self.folder = folder }

  mutating func look(now: Double) throws -> WatchScreen {
    let progress = try RunProgress(folder)
    let shown =
      progress.stages.last { if case .running = $0.state { true } else { false } }
      ?? progress.stages.last { ($0.metrics.flatMap { FileBytes.size(of: $0) } ?? 0) > 0 }
    if shown?.metrics != file {
      (file, offset, metrics, places, steps) = (shown?.metrics, 0, [], [:], 0)
    }
    if let file { try read(file) }
    let all = try shown.flatMap { try wantedSteps($0.name) }
    let ordered =
      Self.foremost.compactMap { places[$0].map { metrics[$0] } }
      + metrics.filter { metric in !Self.foremost.contains { $0.rawValue == metric.name } }
    return WatchScreen(progress: progress, metrics: ordered, steps: (steps, all), now: now)
  }

  private mutating func read(_ file: String) throws {
    offset = try FileBytes.eachLine(of: file, from: offset) { line in
      let metric = try MetricRecord(line: line, of: file)
      let place = places[metric.name] ?? metrics.count
      if place == metrics.count { metrics.append(.init(name: metric.name.rawValue, values: [])) }
      places[metric.name] = place
      metrics[place].values.append(metric.value)
      steps = max(steps, metric.step + 1)
    }
  }

  /// The number of steps that the manifest wants of a stage; nil if it does not say it.
  private func wantedSteps(_ stage: String) throws -> Int? {
    let path = folder.file("manifest.resolved.json")
    let manifest = try JSONParser.parse(try FileBytes.read(path), at: path)
    return manifest["stages"]?[stage]?["steps"]?.integer.map { Int($0) }
  }
}
