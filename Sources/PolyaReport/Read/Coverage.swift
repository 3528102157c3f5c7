internal import PolyaCore
internal import PolyaRecords

/// Which questions are solved by which heuristics. The candidates of a question come together.
struct Coverage: Sendable {
  /// Right and all candidates of one question, by heuristic.
  struct Row: Sendable {
    /// What was asked.
    let question: String
    /// In the order of ``Coverage/heuristics``, as far as they were known then.
    fileprivate(set) var cells: [(right: Int, all: Int)] = []

    var solved: Int { cells.count { $0.right > 0 } }
  }

  /// In the order of first appearance.
  private(set) var heuristics: [String] = []
  /// The first questions.
  private(set) var rows: [Row] = []
  /// Questions so far.
  private(set) var questions = 0
  private let most: Int
  private var places: [String: Int] = [:]
  private var counts: [Int] = []
  private var current: (key: String, row: Row)?

  /// - Parameter rows: questions of which every cell is kept.
  init(rows: Int) { most = rows }

  /// Counts a candidate.
  mutating func add(_ candidate: CandidateRecord) {
    if current?.key != candidate.task.key {
      close()
      current = (candidate.task.key, Row(question: candidate.task.question))
      questions += 1
    }
    let place = places[candidate.heuristic] ?? heuristics.count
    if place == heuristics.count {
      heuristics.append(candidate.heuristic)
      places[candidate.heuristic] = place
    }
    while current?.row.cells.count ?? .max <= place { current?.row.cells.append((0, 0)) }
    current?.row.cells[place].all += 1
    if candidate.outcome == .right { current?.row.cells[place].right += 1 }
    guard questions <= most, let row = current?.row else { return }
    if rows.count < questions { rows.append(row) } else { rows[questions - 1] = row }
  }

  private mutating func close() {
    guard let solved = current?.row.solved else { return }
    while counts.count <= solved { counts.append(0) }
    counts[solved] += 1
    current = nil
  }

  /// How many questions have exactly so many heuristics with a right answer, from 0 on.
  var histogram: [Int] {
    var all = self
    all.close()
    return all.counts
  }
}
