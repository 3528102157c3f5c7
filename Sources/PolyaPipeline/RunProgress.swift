internal import Glibc
internal import PolyaCore
package import PolyaRecords

/// How far a run is, by its files alone: also of a run by another process, or on another machine that shares the folder.
package struct RunProgress: Sendable {
  /// What the journal says of the run.
  package enum Status: Sendable, Equatable {
    /// It was started and has not ended. A process that was killed leaves this too.
    case running
    case finished
    /// It ended with an error.
    case stopped(String)
  }

  /// A stage of the run.
  package struct Stage: Sendable {
    /// How far the stage is.
    package enum State: Sendable, Equatable {
      case waiting
      /// Since a time in seconds since 1970.
      case running(since: Double)
      /// The seconds that it took; nil if an earlier run did it.
      case finished(seconds: Double?)
    }

    /// The name and the kind in the manifest.
    package let name, kind: String
    /// How far it is.
    package let state: State
    /// The path of its metrics; nil if there are none.
    package let metrics: String?
    /// The number of its files of records so far.
    package let shards: Int
  }

  /// The name and seed of the run.
  package let record: RunRecord
  /// What the journal says.
  package let status: Status
  /// When it was last started, in seconds since 1970.
  package let started: Double
  /// When something was last written, in seconds since 1970.
  package let changed: Double
  /// The stages in the order of the manifest.
  package let stages: [Stage]

  /// Reads the files of a run.
  package init(_ folder: RunFolder) throws {
    record = try folder.record()
    let events = try folder.journal()
    let last = events.lastIndex { $0["event"] == "run started" } ?? 0
    let now = events[min(last, events.count)...]
    started = now.first?["time"]?.real ?? 0
    switch now.last?["event"]?.string {
    case "run finished": status = .finished
    case "run stopped": status = .stopped(now.last?["reason"]?.string ?? "")
    default:
      status =
        try Self.isAbandoned(folder)
        ? .stopped("its process ended without a word, as by kill -9; the same command continues it")
        : .running
    }
    let durations = try folder.durations()
    let metrics = try folder.metrics(of: record)
    let isRunning = status == .running
    stages = try record.stages.map { stage in
      let aside = folder.asideFolder(stage.name, stage.key)
      let final = folder.stageFolder(stage.name, stage.key)
      let place = Folder.exists(final) ? final : aside
      let begun = now.last { $0["event"] == "stage started" && $0["key"]?.string == stage.key }?["time"]?.real
      let state: Stage.State =
        if place == final {
          .finished(seconds: durations[stage.key])
        } else if isRunning, let begun { .running(since: begun) } else { .waiting }
      let names = Folder.exists(place) ? try Folder.names(in: place) : []
      return Stage(
        name: stage.name, kind: stage.kind, state: state,
        metrics: metrics.first { $0.stage == stage.name }?.path,
        shards: names.count { $0.hasSuffix(".jsonl.zst") })
    }
    let written =
      [folder.file("journal.jsonl"), folder.file("metrics.jsonl")]
      + record.stages.map { folder.asideFolder($0.name, $0.key) }
    changed = written.map(Self.modified).max() ?? 0
  }

  /// Whether the process that last locked the run was on this machine and is gone.
  private static func isAbandoned(_ folder: RunFolder) throws -> Bool {
    let path = folder.file(".lock")
    guard FileBytes.size(of: path) != nil else { return false }
    let json: JSON
    do { json = try JSONParser.parse(try FileBytes.read(path), at: path) } catch { return false }
    guard let process = json["pid"]?.integer, json["host"]?.string == RunLock.hostName else { return false }
    return kill(pid_t(truncatingIfNeeded: process), 0) != 0 && errno == ESRCH
  }

  /// Seconds since 1970, or 0 if the file does not exist.
  private static func modified(_ path: String) -> Double {
    var found = stat()
    guard stat(path, &found) == 0 else { return 0 }
    return Double(found.st_mtim.tv_sec) + Double(found.st_mtim.tv_nsec) / 1e9
  }
}
