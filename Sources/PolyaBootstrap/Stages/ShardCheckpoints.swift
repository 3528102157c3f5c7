internal import PolyaCore
internal import PolyaRecords

/// The finished candidates of incomplete shards, saved in hidden files of the stage's folder. An interrupted
/// stage resumes from them.
final class ShardCheckpoints {
  private let folder: String
  private var lastSaved = MonotonicClock.seconds()
  private static let name = ".open"
  /// The seconds between two checkpoints, which bound the loss if the process is killed.
  private static let interval = 60.0

  init(folder: String) { self.folder = folder }

  /// Whether it is time for the next checkpoint.
  var isDue: Bool { MonotonicClock.seconds() - lastSaved >= Self.interval }

  /// Replaces the checkpoint of a shard.
  func save(_ number: Int, _ candidates: [CandidateRecord]) throws {
    lastSaved = MonotonicClock.seconds()
    var writer = writer(number)
    for candidate in candidates { try writer.append(candidate.json) }
    try writer.flush()
  }

  /// Returns the checkpoint of a shard; empty if there is none.
  func restore(_ number: Int, warn: (String) -> Void) throws -> [CandidateRecord] {
    try Shards.reuse(file: writer(number).nextFile, warn: warn) { try CandidateRecord($0) } ?? []
  }

  /// Removes the checkpoint of a complete shard.
  func remove(_ number: Int) throws { try Durable.remove(writer(number).nextFile) }

  private func writer(_ number: Int) -> ShardWriter {
    ShardWriter(folder: folder, name: Self.name, recordsPerShard: .max, first: number)
  }
}
