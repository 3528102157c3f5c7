internal import PolyaCore
internal import PolyaRecords

/// The judged candidates of shards that a bootstrap stage has not completed yet, in hidden files of the stage's folder.
/// An interrupted stage resumes from them.
final class ShardCheckpoints {
  private let folder: String
  private var lastSaved = MonotonicClock.seconds()
  private static let name = ".open"
  /// Seconds between two checkpoints: a killed process loses no more.
  private static let interval = 60.0

  init(folder: String) { self.folder = folder }

  /// Whether the last checkpoint is long enough ago.
  var isDue: Bool { MonotonicClock.seconds() - lastSaved >= Self.interval }

  /// Replaces the checkpoint of a shard.
  func save(_ number: Int, _ candidates: [CandidateRecord]) throws {
    lastSaved = MonotonicClock.seconds()
    var writer = writer(number)
    for candidate in candidates { try writer.append(candidate.json) }
    try writer.flush()
  }

  /// The checkpoint of a shard; empty where there is none.
  func restore(_ number: Int, warn: (String) -> Void) throws -> [CandidateRecord] {
    try Shards.reuse(file: writer(number).nextFile, warn: warn) { try CandidateRecord($0) } ?? []
  }

  /// Removes the checkpoint of a shard that is complete.
  func remove(_ number: Int) throws { try Durable.remove(writer(number).nextFile) }

  private func writer(_ number: Int) -> ShardWriter {
    ShardWriter(folder: folder, name: Self.name, recordsPerShard: .max, first: number)
  }
}
