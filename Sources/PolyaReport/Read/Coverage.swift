internal import PolyaCore
internal import PolyaRecords

/// Which heuristics solve which questions. The candidates of a question must be added consecutively.
struct Coverage: Sendable {
  /// The right and all candidates of one question, by heuristic.
  struct Row: Sendable {
    /// The bare question.
    let question: String
    /// The counts in the order of ``Coverage/heuristics``, as far as the heuristics were known at the time.
    fileprivate(set) var cells: [(right: Int, all: Int)] = []

    var solved: Int { cells.count { $0.right > 0 } }
  }

  /// The heuristics in order of first appearance.
  private(set) var heuristics: [String] = []
  /// The first questions, with all their cells.
  private(set) var rows: [Row] = []
  /// The number of complete questions so far.
  private(set) var questions = 0
  private let most: Int
  private var places: [String: Int] = [:]
  private var counts: [Int] = []
  private var current: (key: String, row: Row)?

  /// Creates an empty coverage.
  ///
  /// - Parameter rows: The number of questions whose cells are kept.
  init(rows: Int) { most = rows }

  /// Adds a candidate.
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

  /// The number of questions for which exactly n heuristics have a right answer, indexed by n.
  var histogram: [Int] {
    var all = self
    all.close()
    return all.counts
  }
}
