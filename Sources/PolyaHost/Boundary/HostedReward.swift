internal import CPolya
internal import PolyaCore

/// A reward plugin behind the host's own role.
final class HostedReward: Reward {
  let range: ClosedRange<Double>
  private let instance: PluginInstance
  private let table: PolyaReward
  private let maxBatch: Int

  var id: String { instance.description.id }

  init(_ instance: PluginInstance) throws {
    self.instance = instance
    table = try instance.table(as: PolyaReward.self)
    let describe = try instance.required(table.describe, "describe")
    _ = try instance.required(table.score, "score")
    instance.frame.begin(seed: 0)
    var info = PolyaRewardInfo()
    info.struct_size = UInt32(MemoryLayout<PolyaRewardInfo>.size)
    let (low, high, batch) = try instance.call("describe") { call in
      let status = describe(instance.raw, call, &info)
      return (status, { (info.low, info.high, info.max_batch) })
    }
    guard low.isFinite, high.isFinite, low < high else {
      throw instance.misbehaved("its score range is \(low)...\(high)")
    }
    range = low...high
    maxBatch = batch == 0 ? 256 : Int(batch)
  }

  func score(_ answers: [Answer], seed: UInt64) throws -> [Verdict] {
    var verdicts: [Verdict] = []
    verdicts.reserveCapacity(answers.count)
    for start in stride(from: 0, to: answers.count, by: maxBatch) {
      verdicts += try scoreBatch(answers[start..<min(start + maxBatch, answers.count)], seed: seed)
    }
    return verdicts
  }

  private func scoreBatch(_ answers: ArraySlice<Answer>, seed: UInt64) throws -> [Verdict] {
    let score = try instance.required(table.score, "score")
    let frame = instance.frame
    frame.begin(seed: seed)
    let items = frame.rows(answers.map { item($0, frame) })
    let output = frame.output(answers.count, of: PolyaRewardResult.self)
    return try instance.call("score") { call in
      let status = score(instance.raw, call, items, output.rows)
      return (
        status,
        { [self] in
          let results = (0..<output.count).map { output[$0] }
          let reasons = instance.reasons(of: results.map(\.status))
          return try zip(results, reasons).map { try verdict($0, $1) }
        }
      )
    }
  }

  private func item(_ answer: Answer, _ frame: CallFrame) -> PolyaRewardItem {
    var item = PolyaRewardItem()
    item.item_id = answer.id
    item.group_id = answer.groupID
    item.question = frame.text(answer.task.question)
    item.completion_raw = frame.bytes(answer.completion)
    item.completion = frame.text(String(decoding: answer.completion, as: UTF8.self))
    item.reference = frame.text(answer.reference?.text ?? answer.task.reference)
    item.reference_kind = frame.text(answer.reference?.kind ?? answer.task.referenceKind)
    item.meta_json = frame.text(answer.task.metaJSON)
    item.tokens = frame.tokens(answer.tokens)
    if answer.logprobs.count == answer.tokens.count { item.logprobs = frame.floats(answer.logprobs) }
    return item
  }

  private func verdict(_ result: PolyaRewardResult, _ reason: String) throws -> Verdict {
    guard result.status == PolyaStatus(POLYA_OK) else { return .failed(reason) }
    let notes = try Received.rows(result.notes, PolyaNote.self, "the notes") {
      try Received.text($0.message, "a note")
    }
    switch Int(result.verdict) {
    case Int(POLYA_VERDICT_ABSTAIN): return .abstained(notes: notes)
    case Int(POLYA_VERDICT_SCORED):
      guard range.contains(result.score) else {
        throw Misbehaviour("a score is \(result.score), outside \(range.lowerBound)...\(range.upperBound)")
      }
      return .scored(
        result.score, extracted: try Received.text(result.extracted, "the extracted answer"), notes: notes)
    default:
      throw Misbehaviour("a row has the verdict \(result.verdict), which is neither scored nor abstain")
    }
  }
}
