internal import PolyaCore
internal import PolyaRecords

/// What is judged of the shards that a bootstrap stage has not completed, in hidden shards of their own: an interrupted
/// stage goes on from it.
final class OpenShards {
  private let folder: String
  private var lastKept = MonotonicClock.seconds()
  private static let name = ".open"
  /// A killed process loses no more.
  private static let seconds = 60.0

  init(folder: String) { self.folder = folder }

  /// Whether the last time is long enough ago.
  var isTime: Bool { MonotonicClock.seconds() - lastKept >= Self.seconds }

  /// Replaces what was kept of a shard.
  func keep(_ number: Int, _ candidates: [CandidateRecord]) throws {
    lastKept = MonotonicClock.seconds()
    var writer = writer(number)
    for candidate in candidates { try writer.append(candidate.json) }
    try writer.flush()
  }

  /// What was kept of a shard.
  func kept(_ number: Int, warn: (String) -> Void) throws -> [CandidateRecord] {
    try Shards.reuse(file: writer(number).nextFile, warn: warn) { try CandidateRecord($0) } ?? []
  }

  /// The shard is complete.
  func forget(_ number: Int) throws { try Durable.remove(writer(number).nextFile) }

  private func writer(_ number: Int) -> ShardWriter {
    ShardWriter(folder: folder, name: Self.name, recordsPerShard: .max, first: number)
  }
}
