internal import CPolya

/// The C tables of ``Reward``. A type that scores batches gets a different table.
enum RewardTable {
  static func pointer(for type: any Reward.Type) -> UnsafeRawPointer {
    type is any BatchReward.Type ? batches : items
  }

  // Safety: Written once before they are visible to others, and constant afterwards.
  private nonisolated(unsafe) static let items = permanent(table(score))
  private nonisolated(unsafe) static let batches = permanent(table(scoreBatch))

  private typealias Rows =
    @convention(c) (OpaquePointer?, UnsafePointer<PolyaCall>?, PolyaRows, PolyaRowsMut) -> PolyaStatus

  private static func table(_ score: Rows) -> PolyaReward {
    PolyaReward(struct_size: tableSize(of: PolyaReward.self), zero: 0, describe: describe, score: score)
  }

  private static let describe:
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, UnsafeMutablePointer<PolyaRewardInfo>?
    ) -> PolyaStatus = { instance, call, out in
      serve(instance, call, as: { $0.reward }) { reward, scope in
        guard let out else { throw Failure(.badArgument, "'describe' was called without an output") }
        out.pointee.low = reward.range.lowerBound
        out.pointee.high = reward.range.upperBound
        out.pointee.components = try scope.arena.rows(
          reward.components.map {
            PolyaComponent(
              name: try scope.arena.text($0.name), help: try scope.arena.text($0.help),
              low: $0.range.lowerBound,
              high: $0.range.upperBound)
          })
      }
    }

  private static let scoreBatch: Rows = { instance, call, input, output in
    serve(instance, call, as: { $0.batchReward }) { try scoreAll($0, input, output, $1) }
  }

  private static let score: Rows = { instance, call, input, output in
    serve(instance, call, as: { $0.reward }) { reward, scope in
      for (index, item) in input.map(PolyaRewardItem.self, { $0 }).enumerated() {
        try scope.call.checkStop()
        let row = output.row(index, as: PolyaRewardResult.self)
        do {
          try fill(row, try reward.score(RewardItem(item), scope.call), item, scope.arena)
        } catch {
          row.pointee.status = try rowStatus(error, scope)
        }
        scope.call.finished(index)
      }
    }
  }

  private static func scoreAll(
    _ reward: any BatchReward, _ input: PolyaRows, _ output: PolyaRowsMut, _ scope: Scope
  ) throws {
    try scope.call.checkStop()
    let raw = input.map(PolyaRewardItem.self) { $0 }
    var outcomes: [Result<Void, any Error>?] = Array(repeating: nil, count: raw.count)
    var told = 0
    try reward.score(raw.map { RewardItem($0) }, scope.call) { index, outcome in
      told += 1
      guard outcomes.indices.contains(index) else { return }
      let row = output.row(index, as: PolyaRewardResult.self)
      do {
        try fill(row, try outcome.get(), raw[index], scope.arena)
        outcomes[index] = .success(())
        scope.call.finished(index)
      } catch { outcomes[index] = .failure(error) }
    }
    guard told == raw.count, outcomes.allSatisfy({ $0 != nil }) else {
      throw Failure(.internal, "the reward returned \(told) outcomes for \(raw.count) items")
    }
    // The host matches reasons to failed rows by their order.
    for (index, outcome) in outcomes.enumerated() {
      guard case .failure(let error) = outcome else { continue }
      output.row(index, as: PolyaRewardResult.self).pointee.status = try rowStatus(error, scope)
      scope.call.finished(index)
    }
  }

  private static func fill(
    _ row: UnsafeMutablePointer<PolyaRewardResult>, _ verdict: Verdict, _ item: PolyaRewardItem,
    _ arena: Arena
  ) throws {
    switch verdict {
    case .abstain(let notes):
      row.pointee.notes = try arena.notes(notes)
      row.pointee.verdict = UInt32(POLYA_VERDICT_ABSTAIN)
    case .scored(let score):
      row.pointee.score = score.value
      row.pointee.confidence = score.confidence
      row.pointee.components = try arena.copy(score.components)
      row.pointee.extracted = try text(of: score.extracted, in: item.completion, arena)
      row.pointee.notes = try arena.notes(score.notes)
      row.pointee.detail_json = try arena.text(score.detailJSON)
      row.pointee.verdict = UInt32(POLYA_VERDICT_SCORED)
    }
  }

  /// A byte range needs no copy, since rule M2 allows results to point into the call's inputs.
  private static func text(of extract: Verdict.Extract, in completion: PolyaText, _ arena: Arena) throws
    -> PolyaText
  {
    switch extract {
    case .none: return PolyaText()
    case .text(let text): return try arena.text(text)
    case .bytes(let range) where range.isEmpty: return PolyaText()
    case .bytes(let range):
      guard range.lowerBound >= 0, range.upperBound <= Int(completion.size), let data = completion.data else {
        throw Failure(.internal, "extracted bytes \(range) are outside of the completion")
      }
      return PolyaText(data: data + range.lowerBound, size: UInt64(range.count))
    }
  }
}
