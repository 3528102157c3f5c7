internal import PolyaBootstrap
internal import PolyaCore
internal import PolyaPipeline
internal import PolyaRecords
internal import PolyaReport

/// Yields and sample candidates of the bootstrap stages, read once per finished stage.
final class ReportSamples {
  /// Candidates shown for each (heuristic, verdict).
  private static let shown = 2

  private var cache: [String: (yields: [Report.Yield], samples: [Report.Sample])] = [:]

  /// What the finished stages tell.
  func read(_ stages: [FinishedStage]) throws -> (yields: [Report.Yield], samples: [Report.Sample]) {
    var yields: [Report.Yield] = []
    var samples: [Report.Sample] = []
    let kept = stages.filter { $0.kind == "select" }.compactMap { $0.result.summary["by_heuristic"] }
    for stage in stages where stage.kind == "bootstrap" {
      let found = try cache[stage.key] ?? Self.read(stage)
      cache[stage.key] = found
      yields += found.yields
      samples += found.samples
    }
    for index in yields.indices {
      yields[index].kept = kept.map { Int($0[yields[index].heuristic]?.integer ?? 0) }.max() ?? 0
    }
    return (yields, samples)
  }

  private static func read(_ stage: FinishedStage) throws -> (
    yields: [Report.Yield], samples: [Report.Sample]
  ) {
    var tally = CandidateTally()
    var shownOf: [String: [CandidateRecord.Outcome: [Report.Sample]]] = [:]
    try Shards.each(folder: stage.folder, name: "candidates") { json in
      let candidate = try CandidateRecord(json)
      tally.add(candidate)
      let there = shownOf[candidate.heuristic]?[candidate.outcome]?.count ?? 0
      guard there < shown else { return }
      shownOf[candidate.heuristic, default: [:]][candidate.outcome, default: []].append(
        Report.Sample(candidate))
    }
    let yields = tally.rows.map { row in
      Report.Yield(
        heuristic: row.heuristic, attempted: row.all, verified: row.verified,
        abstained: row.counts[.abstained] ?? 0, failed: row.counts[.failed] ?? 0, kept: 0,
        meanTokens: Double(row.tokens) / Double(max(row.all, 1)))
    }
    let samples = tally.rows.flatMap { row in
      CandidateRecord.Outcome.allCases.flatMap { shownOf[row.heuristic]?[$0] ?? [] }
    }
    return (yields, samples)
  }
}

extension Report.Sample {
  fileprivate init(_ candidate: CandidateRecord) {
    let verdict: Verdict =
      switch candidate.outcome {
      case .verified: .right
      case .wrong: .wrong
      case .abstained: .abstained
      case .failed: .failed
      }
    self.init(
      question: candidate.task.question, heuristic: candidate.heuristic, text: candidate.answer,
      verdict: verdict,
      score: candidate.score, extracted: candidate.extracted.isEmpty ? nil : candidate.extracted,
      reference: candidate.task.reference)
  }
}
