package import PolyaCore

/// Yield, cost and variety of candidates, by heuristic; grows by a few bytes a candidate.
package struct CandidateTally: Sendable {
  /// The figures of one heuristic.
  package struct Row: Sendable {
    /// The heuristic.
    package let heuristic: String
    /// Candidates by outcome.
    package fileprivate(set) var counts: [Outcome: Int] = [:]
    /// Tokens sampled for the last turns of all.
    package fileprivate(set) var tokens = 0
    fileprivate var texts: Set<Int> = []

    /// All candidates.
    package var all: Int { counts.values.reduce(0, +) }
    /// Right ones.
    package var right: Int { counts[.right] ?? 0 }
    /// Different texts among the right ones.
    package var distinct: Int { texts.count }
  }

  /// In the order of first appearance.
  package private(set) var rows: [Row] = []
  /// Why candidates have no verdict.
  package private(set) var reasons = UnscoredReasons()
  private var places: [String: Int] = [:]

  /// Nothing yet.
  package init() {}

  /// Counts a candidate.
  package mutating func add(_ candidate: CandidateRecord) {
    let place = places[candidate.heuristic] ?? rows.count
    if place == rows.count {
      rows.append(Row(heuristic: candidate.heuristic))
      places[candidate.heuristic] = place
    }
    rows[place].counts[candidate.outcome, default: 0] += 1
    if let reason = candidate.verdict.unscoredReason { reasons.add(reason) }
    rows[place].tokens += candidate.tokens.count
    guard candidate.outcome == .right else { return }
    rows[place].texts.insert(Self.digest(candidate.answer))
  }

  /// Candidates of an outcome.
  package func count(_ outcome: Outcome) -> Int {
    rows.reduce(0) { $0 + ($1.counts[outcome] ?? 0) }
  }

  /// Tokens sampled for the last turns of all.
  package var tokens: Int { rows.reduce(0) { $0 + $1.tokens } }

  /// All candidates.
  package var all: Int { rows.reduce(0) { $0 + $1.all } }

  /// For people: the share of right candidates, what one costs, and the share of different texts among them.
  package var table: [[String]] {
    [["heuristic", "candidates", "right", "tokens each", "distinct"]]
      + rows.map { row in
        [
          row.heuristic, "\(row.all)", Self.percent(row.right, of: row.all),
          row.right == 0 ? "-" : "\(row.tokens / row.right)",
          Self.percent(row.distinct, of: row.right),
        ]
      }
  }

  private static func percent(_ part: Int, of all: Int) -> String {
    all == 0 ? "-" : "\((100 * Double(part) / Double(all)).formatted(1))%"
  }

  /// FNV-1a, 64 bits.
  private static func digest(_ text: String) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Int(truncatingIfNeeded: hash)
  }
}
