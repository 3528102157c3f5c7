internal import PolyaCore
internal import PolyaPipeline
internal import PolyaRecords

/// The yields, coverage, and samples of candidates, read once per finished stage that has any.
final class CandidateFigures {
  /// The number of candidates shown for each heuristic and outcome.
  private static let shown = 2
  /// The number of columns in the coverage matrix.
  private static let shownQuestions = 64

  /// What the report shows of candidates.
  struct Found {
    var yields: [Report.Yield] = []
    var coverages: [Report.Coverage] = []
    var samples: [CandidateRecord] = []
    /// The heuristics of the candidates that were selected for training, by the candidate's id.
    var selected: [String: String] = [:]
  }

  private var cache: [String: Found] = [:]
  /// The number of selected candidates by the beginning of their stage's key and by heuristic, for these stages.
  private var counted: (stages: [String], counts: [String: [String: Int]]) = ([], [:])

  /// Returns the figures of the finished stages.
  func read(_ stages: [FinishedStage]) throws -> Found {
    var all = Found()
    for stage in stages {
      let found = try cache[stage.key] ?? Self.read(stage)
      cache[stage.key] = found
      all.yields += found.yields
      all.coverages += found.coverages
      all.samples += found.samples
    }
    let counts = countSelected(stages.map(\.key))
    for index in all.yields.indices {
      let key = stages.first { $0.name == all.yields[index].stage }.map { String($0.key.prefix(12)) } ?? ""
      all.yields[index].kept = counts[key]?[all.yields[index].heuristic] ?? 0
    }
    return all
  }

  /// Counts a candidate once, however many selections it is in, and for the stage that made it. A report is written every
  /// few seconds, so that this is done only when another stage has finished.
  private func countSelected(_ keys: [String]) -> [String: [String: Int]] {
    guard counted.stages != keys else { return counted.counts }
    var selected: [String: String] = [:]
    for key in keys { selected.merge(cache[key]?.selected ?? [:]) { first, _ in first } }
    var counts: [String: [String: Int]] = [:]
    for (id, heuristic) in selected {
      counts[String(id.prefix(12)), default: [:]][heuristic, default: 0] += 1
    }
    counted = (keys, counts)
    return counts
  }

  private static func read(_ stage: FinishedStage) throws -> Found {
    guard try !Shards.files(in: stage.folder, name: "candidates").isEmpty else {
      return Found(selected: try selected(by: stage))
    }
    var coverage = Coverage(rows: shownQuestions)
    var tally = CandidateTally()
    var shownOf: [String: [Outcome: [CandidateRecord]]] = [:]
    try Shards.each(folder: stage.folder, name: "candidates") { json in
      let candidate = try CandidateRecord(json)
      tally.add(candidate)
      coverage.add(candidate)
      let there = shownOf[candidate.heuristic]?[candidate.outcome]?.count ?? 0
      guard there < shown else { return }
      shownOf[candidate.heuristic, default: [:]][candidate.outcome, default: []].append(candidate)
    }
    let yields = try tally.rows.map { row in
      let share = try WilsonInterval.estimate(successes: row.right, trials: row.all)
      return Report.Yield(
        stage: stage.name, heuristic: row.heuristic, attempted: row.all, verified: row.right,
        abstained: row.counts[.abstained] ?? 0,
        failed: (row.counts[.failed] ?? 0) + (row.counts[.timedOut] ?? 0), kept: 0,
        interval: share.low...share.high, meanTokens: Double(row.tokens) / Double(max(row.all, 1)))
    }
    let samples = tally.rows.flatMap { row in
      Outcome.allCases.flatMap { shownOf[row.heuristic]?[$0] ?? [] }
    }
    return Found(yields: yields, coverages: [Report.Coverage(coverage, stage: stage.name)], samples: samples)
  }

  /// The candidates that a stage's examples were made of; none for worked solutions of a task source.
  private static func selected(by stage: FinishedStage) throws -> [String: String] {
    var selected: [String: String] = [:]
    guard let file = try Shards.files(in: stage.folder, name: "training").first,
      let first = try RecordReader(file).next(),
      try TrainingRecord(first).parents.contains(where: { $0.contains(":") })
    else { return selected }
    try Shards.each(folder: stage.folder, name: "training") { json in
      let record = try TrainingRecord(json)
      for parent in record.parents { selected[parent] = record.heuristic }
    }
    return selected
  }
}

extension Report.Coverage {
  fileprivate init(_ coverage: Coverage, stage: String) {
    self.init(
      stage: stage, heuristics: coverage.heuristics,
      rows: coverage.rows.map { row in
        // Earlier rows have no cells for heuristics that appeared later.
        let missing = coverage.heuristics.count - row.cells.count
        let none = Array(repeating: 0, count: max(0, missing))
        return Row(
          question: row.question, right: row.cells.map(\.right) + none, attempted: row.cells.map(\.all) + none
        )
      },
      questions: coverage.questions, histogram: coverage.histogram)
  }
}
