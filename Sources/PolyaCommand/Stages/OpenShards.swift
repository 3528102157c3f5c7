internal import PolyaCore
internal import PolyaRecords

/// What is judged of the shards that a bootstrap stage has not completed, in hidden shards of their own: an interrupted
/// stage goes on from it.
final class OpenShards {
  private let folder: String
  private var lastKept = Clock.seconds()
  private static let name = ".open"
  /// A killed process loses no more.
  private static let seconds = 60.0

  init(folder: String) { self.folder = folder }

  /// Whether the last time is long enough ago.
  var isTime: Bool { Clock.seconds() - lastKept >= Self.seconds }

  /// Replaces what was kept of a shard.
  func keep(_ number: Int, _ candidates: [CandidateRecord]) throws {
    lastKept = Clock.seconds()
    var writer = writer(number)
    for candidate in candidates { try writer.append(candidate.json) }
    try writer.flush()
  }

  /// What was kept of a shard.
  func kept(_ number: Int) throws -> [CandidateRecord] {
    let file = writer(number).nextFile
    guard try Shards.files(in: folder, name: Self.name).contains(file) else { return [] }
    return try Shards.read(file: file).map { try CandidateRecord($0) }
  }

  /// The shard is complete.
  func forget(_ number: Int) throws { try FileBytes.remove(writer(number).nextFile) }

  /// The stage is complete. Something is left when a process was killed between a shard and ``forget(_:)``.
  func forgetAll() throws {
    for file in try Shards.files(in: folder, name: Self.name) { try FileBytes.remove(file) }
  }

  private func writer(_ number: Int) -> ShardWriter {
    ShardWriter(folder: folder, name: Self.name, recordsPerShard: .max, first: number)
  }
}
