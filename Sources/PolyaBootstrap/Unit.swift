internal import PolyaCore
internal import PolyaRecords

/// The candidates of some tasks on their way: what becomes one shard.
final class Unit {
  let shard: Bootstrapping.Shard
  var conversations: [Conversation] = []
  private let cells: [Cell]
  private let samples: Int
  private let stopAfterCorrect: Int?
  /// What an earlier run left to be judged anew, by number within the unit.
  private let known: [Int: CandidateRecord]
  /// What this run had judged before it was interrupted, by the same number.
  private let kept: [Int: CandidateRecord]
  /// Samples begun and verified, of each cell.
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

  /// Whether a cell wants more samples, all begun ones being done.
  var wantsMore: Bool { wanted().contains { $0 > 0 } }

  /// Samples to begin, of each cell.
  private func wanted() -> [Int] {
    var verified = Array(repeating: 0, count: cells.count)
    for conversation in conversations where conversation.isVerified {
      verified[(conversation.number - shard.firstNumber) / samples] += 1
    }
    return cells.indices.map { index in
      min(samples - begun[index], stopAfterCorrect.map { max(0, $0 - verified[index]) } ?? samples)
    }
  }

  /// Begins the samples that cells want.
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

  /// Groups of the tasks some of whose conversations wait for the model: further answers are to come.
  var tasksThatAsk: Set<UInt64> { Set(conversations.filter { $0.ask != nil }.map(\.cell.group)) }

  var isDone: Bool { conversations.allSatisfy(\.isDone) }

  /// Of the conversations that are done.
  func records(model: String) -> [CandidateRecord] {
    conversations.filter(\.isDone).sorted { $0.number < $1.number }.map {
      $0.record(id: shard.recordID($0.number), model: model)
    }
  }
}
