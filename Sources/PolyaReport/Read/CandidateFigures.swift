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
  }

  private var cache: [String: Found] = [:]

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
    let kept = stages.compactMap { $0.result.summary["by_heuristic"] }
    for index in all.yields.indices {
      all.yields[index].kept = kept.map { Int($0[all.yields[index].heuristic]?.integer ?? 0) }.max() ?? 0
    }
    return all
  }

  private static func read(_ stage: FinishedStage) throws -> Found {
    guard try !Shards.files(in: stage.folder, name: "candidates").isEmpty else { return Found() }
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
        heuristic: row.heuristic, attempted: row.all, verified: row.right,
        abstained: row.counts[.abstained] ?? 0,
        failed: (row.counts[.failed] ?? 0) + (row.counts[.timedOut] ?? 0), kept: 0,
        interval: share.low...share.high, meanTokens: Double(row.tokens) / Double(max(row.all, 1)))
    }
    let samples = tally.rows.flatMap { row in
      Outcome.allCases.flatMap { shownOf[row.heuristic]?[$0] ?? [] }
    }
    return Found(yields: yields, coverages: [Report.Coverage(coverage, stage: stage.name)], samples: samples)
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
