/// Counts rows without a verdict by the kind of their reference, so that one kind cannot hide behind the others.
package struct UnscoredShares: Sendable {
  /// The counts of one kind.
  package struct Share: Sendable, Equatable {
    /// The kind of the references.
    package let kind: String
    /// The rows without a verdict.
    package let unscored: Int
    /// All rows.
    package let all: Int
  }

  /// Fewer rows say nothing about a kind.
  package static let fewest = 20

  private var counts: [String: (unscored: Int, all: Int)] = [:]

  /// Creates an empty count.
  package init() {}

  /// Counts rows of a kind.
  package mutating func add(_ kind: String, unscored: Int, of all: Int = 1) {
    counts[kind, default: (0, 0)].unscored += unscored
    counts[kind, default: (0, 0)].all += all
  }

  /// Returns the first kind by name of whose rows more than this share have no verdict; nil if there is none, or only one
  /// kind.
  package func excess(over share: Double) -> Share? {
    guard counts.count > 1 else { return nil }
    for (kind, count) in counts.sorted(by: { $0.key < $1.key })
    where count.all >= Self.fewest && Double(count.unscored) > share * Double(count.all) {
      return Share(kind: kind, unscored: count.unscored, all: count.all)
    }
    return nil
  }
}
