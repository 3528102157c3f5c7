internal import PolyaCore

/// What the stages of a run took, from its journal.
struct UsageHistory {
  private var events: [(stage: String, kind: String, usage: [String: ModelUsage])] = []

  init(_ folder: RunFolder) throws {
    guard FileBytes.size(of: folder.file("journal.jsonl")) != nil else { return }
    for event in try folder.journal() where ["stage finished", "shards merged"].contains(event["event"]) {
      guard let stage = event["stage"]?.string, let kind = event["kind"]?.string,
        case .object(let models)? = event["usage"]
      else { continue }
      let usage = models.map { ($0.key, ModelUsage($0.value)) }
      events.append((stage, kind, Dictionary(usage) { $1 }))
    }
  }

  /// What a plugin did last time in the stage of this name, or else in all stages of the kind.
  func usage(of plugin: String, stage: String, kind: String) -> ModelUsage {
    if let last = events.last(where: { $0.stage == stage && $0.usage[plugin] != nil })?.usage[plugin] {
      return last
    }
    return total(of: plugin) { $0.kind == kind }
  }

  /// What a plugin did in all stages.
  func usage(of plugin: String) -> ModelUsage { total(of: plugin) { _ in true } }

  private func total(
    of plugin: String, _ isWanted: ((stage: String, kind: String, usage: [String: ModelUsage])) -> Bool
  )
    -> ModelUsage
  {
    events.filter(isWanted).reduce(into: ModelUsage()) { sum, event in
      if let usage = event.usage[plugin] { sum.add(usage) }
    }
  }
}

extension WorkEstimate {
  /// Estimates the work of one model.
  ///
  /// - Parameters:
  ///  - before: What the model did in stages like this one.
  ///  - all: What it did in all stages.
  init(_ work: ModelWork, before: ModelUsage, all: ModelUsage, stated: ModelRate?, prices: TokenPrices) {
    self.init()
    func scaled(_ tokens: Int, _ count: Int, to wanted: Int) -> Int {
      Int(min(Double(tokens) / Double(count) * Double(wanted), 1e18))
    }
    if work.samples > 0 {
      if before.planned.samples > 0 {
        sampled.tokens = scaled(before.sampledTokens, before.planned.samples, to: work.samples)
        promptTokens = scaled(before.promptTokens, max(1, before.planned.prompts), to: work.prompts)
      } else {
        sampled = Amount(tokens: ModelWork.product(work.samples, work.maxTokens), isBound: true)
        promptTokens = nil
      }
      sampled.tokens = min(sampled.tokens, work.mostTokens ?? .max)
    }
    if let sequences = work.sequences, sequences == 0 || before.planned.sequences > 0 {
      trainedTokens =
        sequences == 0 ? 0 : scaled(before.trainedTokens, before.planned.sequences, to: sequences)
    } else {
      trainedTokens = nil
    }
    func seconds(_ tokens: Int?, _ rate: Double?) -> Double? {
      tokens == 0 ? 0 : tokens.flatMap { tokens in rate.map { Double(tokens) / $0 } }
    }
    let sampling = seconds(sampled.tokens, stated?.sampling ?? all.samplingRate)
    let training = seconds(trainedTokens, stated?.training ?? all.trainingRate)
    self.seconds = sampling.flatMap { sampling in training.map { sampling + $0 } }
    cost = prices.cost(prompt: promptTokens, sampled: sampled.tokens, trained: trainedTokens)
  }
}
