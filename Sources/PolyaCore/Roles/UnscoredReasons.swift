/// Why rows have no verdict: each reason once with its count, in the order of first appearance.
package struct UnscoredReasons: Sendable, Equatable {
  /// A reason and how many rows have it.
  package struct Entry: Sendable, Equatable {
    /// In the plugin's words, or the host's.
    package let reason: String
    /// At least 1.
    package fileprivate(set) var count: Int
  }

  /// At most ``most``; what comes later counts as the last one.
  package private(set) var entries: [Entry] = []
  private static let most = 20
  private static let others = "other reasons"

  /// None yet.
  package init() {}

  /// Counts a row.
  package mutating func add(_ reason: String, count: Int = 1) {
    let isKnown = entries.contains { $0.reason == reason }
    let reason = isKnown || entries.count < Self.most ? reason : Self.others
    if let index = entries.firstIndex(where: { $0.reason == reason }) {
      entries[index].count += count
    } else {
      entries.append(Entry(reason: reason, count: count))
    }
  }

  /// Counts what another one counted.
  package mutating func add(_ other: UnscoredReasons) {
    for entry in other.entries { add(entry.reason, count: entry.count) }
  }

  /// Counts a verdict that is none.
  package mutating func add(_ verdict: Verdict, of reward: String? = nil) {
    if let reason = verdict.unscoredReason { add(reward.map { "'\($0)' \(reason)" } ?? reason) }
  }

  /// For an error: the first reason, and how often; empty when there is none.
  package var sentence: String {
    guard let first = entries.first else { return "" }
    let more =
      entries.count == 1 ? "" : ", and \(entries.count - 1) other reason\(entries.count == 2 ? "" : "s")"
    return "; \(first.count) of them: \(first.reason)\(more)"
  }

  /// The stored form.
  package var json: JSON {
    .array(entries.map { ["reason": .string($0.reason), "count": JSON($0.count)] })
  }

  /// Reads the stored form.
  package init(_ json: JSON) {
    for entry in json.array ?? [] {
      if let reason = entry["reason"]?.string, let count = entry["count"]?.integer {
        add(reason, count: Int(count))
      }
    }
  }
}
