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
    let candidates = try Shards.read(folder: stage.folder, name: "candidates").map { try CandidateRecord($0) }
    var order: [String] = []
    var byHeuristic: [String: [CandidateRecord]] = [:]
    for candidate in candidates {
      if byHeuristic[candidate.heuristic] == nil { order.append(candidate.heuristic) }
      byHeuristic[candidate.heuristic, default: []].append(candidate)
    }
    let yields = order.map { name -> Report.Yield in
      let mine = byHeuristic[name] ?? []
      return Report.Yield(
        heuristic: name, attempted: mine.count, verified: mine.count { $0.outcome == .verified },
        abstained: mine.count { $0.outcome == .abstained }, failed: mine.count { $0.outcome == .failed },
        kept: 0,
        meanTokens: Double(mine.reduce(0) { $0 + $1.tokens.count }) / Double(max(mine.count, 1)))
    }
    let samples = order.flatMap { name in
      CandidateRecord.Outcome.allCases.flatMap { outcome in
        (byHeuristic[name] ?? []).filter { $0.outcome == outcome }.prefix(shown).map(Report.Sample.init)
      }
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
