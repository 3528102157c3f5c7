package import PolyaCore

/// Counts the candidates of each heuristic with their outcomes, tokens, and distinct right answers. Each
/// candidate takes only a few bytes.
package struct CandidateTally: Sendable {
  /// The counts of one heuristic.
  package struct Row: Sendable {
    /// The id of the heuristic.
    package let heuristic: String
    /// The number of candidates by outcome.
    package fileprivate(set) var counts: [Outcome: Int] = [:]
    /// The number of tokens sampled in the last turns of all candidates.
    package fileprivate(set) var tokens = 0
    /// The number of candidates that the limit on tokens ended.
    package fileprivate(set) var truncated = 0
    fileprivate var texts: Set<Int> = []

    /// The number of candidates.
    package var all: Int { counts.values.reduce(0, +) }
    /// The number of right candidates.
    package var right: Int { counts[.right] ?? 0 }
    /// The number of distinct texts among the right candidates.
    package var distinct: Int { texts.count }
  }

  /// The rows in order of first appearance.
  package private(set) var rows: [Row] = []
  /// The reasons of candidates without a verdict.
  package private(set) var reasons = UnscoredReasons()
  /// The candidates without a verdict by the kind of their reference.
  package private(set) var shares = UnscoredShares()
  private var places: [String: Int] = [:]

  /// Creates an empty tally.
  package init() {}

  /// Counts a candidate.
  package mutating func add(_ candidate: CandidateRecord) {
    let place = places[candidate.heuristic] ?? rows.count
    if place == rows.count {
      rows.append(Row(heuristic: candidate.heuristic))
      places[candidate.heuristic] = place
    }
    rows[place].counts[candidate.outcome, default: 0] += 1
    shares.add(candidate.task.referenceKind, unscored: candidate.outcome.isVerdict ? 0 : 1)
    if let reason = candidate.verdict.unscoredReason { reasons.add(reason) }
    rows[place].tokens += candidate.tokens.count
    rows[place].truncated += candidate.isTruncated ? 1 : 0
    guard candidate.outcome == .right else { return }
    rows[place].texts.insert(Self.digest(candidate.answer))
  }

  /// Returns the number of candidates with an outcome.
  package func count(_ outcome: Outcome) -> Int {
    rows.reduce(0) { $0 + ($1.counts[outcome] ?? 0) }
  }

  /// The number of tokens sampled in the last turns of all candidates.
  package var tokens: Int { rows.reduce(0) { $0 + $1.tokens } }

  /// The number of candidates that the limit on tokens ended.
  package var truncated: Int { rows.reduce(0) { $0 + $1.truncated } }

  /// The number of candidates.
  package var all: Int { rows.reduce(0) { $0 + $1.all } }

  /// A table for people: the shares of right and of truncated candidates, the tokens sampled per right one, and the share of
  /// distinct texts among the right ones.
  package var table: [[String]] {
    [["heuristic", "candidates", "right", "truncated", "tokens each", "distinct"]]
      + rows.map { row in
        [
          row.heuristic, "\(row.all)", Self.percent(row.right, of: row.all),
          Self.percent(row.truncated, of: row.all),
          row.right == 0 ? "-" : "\(row.tokens / row.right)",
          Self.percent(row.distinct, of: row.right),
        ]
      }
  }

  private static func percent(_ part: Int, of all: Int) -> String {
    all == 0 ? "-" : "\((100 * Double(part) / Double(all)).formatted(1))%"
  }

  /// Returns the 64-bit FNV-1a hash of a text.
  private static func digest(_ text: String) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Int(truncatingIfNeeded: hash)
  }
}
