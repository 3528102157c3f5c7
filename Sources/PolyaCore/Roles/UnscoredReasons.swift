/// The reasons why rows have no verdict, with the count of each, in order of first appearance.
package struct UnscoredReasons: Sendable, Equatable {
  /// A reason and the number of rows that have it.
  package struct Entry: Sendable, Equatable {
    /// The reason in the words of the plugin or the host.
    package let reason: String
    /// The number of rows; at least 1.
    package fileprivate(set) var count: Int
  }

  /// At most 20 different reasons; any others are counted in one last entry.
  package private(set) var entries: [Entry] = []
  private static let most = 20
  private static let others = "other reasons"

  /// Creates an empty collection.
  package init() {}

  /// Counts a reason `count` times.
  package mutating func add(_ reason: String, count: Int = 1) {
    let isKnown = entries.contains { $0.reason == reason }
    let reason = isKnown || entries.count < Self.most ? reason : Self.others
    if let index = entries.firstIndex(where: { $0.reason == reason }) {
      // Stored counts may be damaged; a wrong sum is better than a trap.
      entries[index].count =
        entries[index].count.addingReportingOverflow(count).overflow ? .max : entries[index].count + count
    } else {
      entries.append(Entry(reason: reason, count: count))
    }
  }

  /// Adds the counts of another collection.
  package mutating func add(_ other: UnscoredReasons) {
    for entry in other.entries { add(entry.reason, count: entry.count) }
  }

  /// Counts the reason of a verdict without a score. Does nothing for a scored verdict.
  package mutating func add(_ verdict: Verdict, of reward: String? = nil) {
    if let reason = verdict.unscoredReason { add(reward.map { "'\($0)' \(reason)" } ?? reason) }
  }

  /// A clause for an error: the first reason with its count, and the number of other reasons. Empty if there
  /// is none.
  package var sentence: String {
    guard let first = entries.first else { return "" }
    let more =
      entries.count == 1 ? "" : ", and \(entries.count - 1) other reason\(entries.count == 2 ? "" : "s")"
    return "; \(first.count) of them: \(first.reason)\(more)"
  }

  /// The stored form, a list of reasons with counts.
  package var json: JSON {
    .array(entries.map { ["reason": .string($0.reason), "count": JSON($0.count)] })
  }

  /// Reads the stored form and skips malformed entries.
  package init(_ json: JSON) {
    for entry in json.array ?? [] {
      if let reason = entry["reason"]?.string, let count = entry["count"]?.integer {
        add(reason, count: Int(count))
      }
    }
  }
}
