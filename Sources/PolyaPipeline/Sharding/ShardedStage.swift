/// A stage that writes its records in shards that do not depend on each other, so that several processes can
/// share the work.
package protocol ShardedStage: Stage {
  /// The name of its shards.
  static var records: String { get }
  /// Returns the number of its shards.
  func shardCount(_ context: StageContext) throws -> Int
  /// Writes a share of the shards into the context's folder, except those that are already there.
  func write(_ share: ShardShare, _ context: StageContext) throws
}

/// The share of a stage's shards that one process writes: every `count`-th, from the one with the process's number.
///
/// Shards are as large as the stage's settings say, and the same whoever writes them.
package struct ShardShare: Sendable, Equatable, CustomStringConvertible {
  /// The number of the process, from 1.
  package let number: Int
  /// The number of processes, at least 1.
  package let count: Int

  /// All shards.
  package static let whole = ShardShare(number: 1, count: 1)
  /// The greatest number of processes.
  package static let most = 100_000

  private init(number: Int, count: Int) { (self.number, self.count) = (number, count) }

  /// Reads a share such as "2/8"; returns nil if the text is not one.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let number = parts[0], let count = parts[1], (1...Self.most).contains(count),
      (1...count).contains(number)
    else { return nil }
    self.init(number: number, count: count)
  }

  /// Whether the shard of this number, from 0, belongs to the share.
  package func contains(_ shard: Int) -> Bool { shard % count == number - 1 }

  /// Such as "2/8".
  package var description: String { "\(number)/\(count)" }
  /// The name of the share's folder.
  var folder: String { "\(number)-of-\(count)" }
}
