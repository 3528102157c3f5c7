internal import PolyaCore
internal import PolyaRecords

/// The candidates of some tasks in progress, which become one shard.
final class Unit {
  let shard: Bootstrapping.Shard
  var conversations: [Conversation] = []
  private let cells: [Cell]
  private let samples: Int
  private let stopAfterCorrect: Int?
  /// Candidates of an earlier run that are verified again, by their number within the unit.
  private let known: [Int: CandidateRecord]
  /// Candidates finished before an interruption, by the same number.
  private let kept: [Int: CandidateRecord]
  /// The number of samples begun per cell.
  private var begun: [Int]

  init(
    _ shard: Bootstrapping.Shard, cells: [Cell], samples: Int, stopAfterCorrect: Int?,
    before: Bootstrapping.Before
  ) {
    self.shard = shard
    self.cells = cells
    self.samples = samples
    self.stopAfterCorrect = stopAfterCorrect
    begun = Array(repeating: 0, count: cells.count)
    var byCell: [String: Int] = [:]
    for (index, cell) in cells.enumerated() {
      byCell[Self.name(cell.task.key, cell.strategy.id, cell.heuristic)] = index
    }
    func numbered(_ records: [CandidateRecord]) -> [Int: CandidateRecord] {
      var found: [Int: CandidateRecord] = [:]
      for record in records {
        guard let cell = byCell[Self.name(record.task.key, record.strategy, record.heuristic)],
          record.task == cells[cell].task
        else { continue }
        found[cell * samples + record.sample] = record
      }
      return found
    }
    (known, kept) = (numbered(before.known), numbered(before.kept))
  }

  private static func name(_ task: String, _ strategy: String, _ heuristic: String) -> String {
    "\(strategy)\u{0}\(heuristic)\u{0}\(task)"
  }

  /// Whether a cell needs more samples, assuming that all begun ones are done.
  var wantsMore: Bool { wanted().contains { $0 > 0 } }

  /// Returns the number of samples to begin in each cell.
  private func wanted() -> [Int] {
    var verified = Array(repeating: 0, count: cells.count)
    for conversation in conversations where conversation.isVerified && !conversation.isTruncated {
      verified[(conversation.number - shard.firstNumber) / samples] += 1
    }
    return cells.indices.map { index in
      min(samples - begun[index], stopAfterCorrect.map { max(0, $0 - verified[index]) } ?? samples)
    }
  }

  /// Begins the samples that the cells need.
  func beginRound() {
    for ((index, cell), wanted) in zip(cells.enumerated(), wanted()) {
      for sample in begun[index]..<begun[index] + wanted {
        let local = index * samples + sample
        let number = shard.firstNumber + local
        let done = kept[local].map { Conversation(number: number, cell: cell, kept: $0) }
        let old = known[local].flatMap { Conversation(number: number, cell: cell, known: $0) }
        conversations.append(done ?? old ?? Conversation(number: number, cell: cell, sample: sample))
      }
      begun[index] += wanted
    }
  }

  /// The groups of tasks with conversations that wait for the model, so that more answers will come.
  var tasksThatAsk: Set<UInt64> { Set(conversations.filter { $0.ask != nil }.map(\.cell.group)) }

  var isDone: Bool { conversations.allSatisfy(\.isDone) }

  /// Returns the records of the finished conversations.
  func records(model: String) -> [CandidateRecord] {
    conversations.filter(\.isDone).sorted { $0.number < $1.number }.map {
      $0.record(id: shard.recordID($0.number), model: model)
    }
  }
}
