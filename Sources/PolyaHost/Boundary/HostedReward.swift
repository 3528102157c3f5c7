internal import CPolya
internal import PolyaCore

/// A reward plugin behind the host's own role.
final class HostedReward: Reward {
  let range: ClosedRange<Double>
  let components: [String]
  private let instance: PluginInstance
  private let maxBatch: Int

  var id: String { instance.description.id }

  init(_ instance: PluginInstance) throws {
    self.instance = instance
    try instance.require(.describeReward, .score)
    let (low, high, batch, components) = try instance.call(.describeReward) { frame in
      let place = frame.output(1, of: PolyaRewardInfo.self)
      place.base.pointee.struct_size = UInt32(MemoryLayout<PolyaRewardInfo>.size)
      return CallRows(output: place.rows)
    } _: { rows in
      let info = rows.output.first(PolyaRewardInfo.self)
      let names = try instance.received.rows(info.components, PolyaComponent.self, "the components") {
        try instance.received.text($0.name, "a component's name")
      }
      return (info.low, info.high, info.max_batch, names)
    }
    guard low.isFinite, high.isFinite, low < high else {
      throw instance.misbehaved("its score range is \(low)...\(high)")
    }
    range = low...high
    self.components = components
    maxBatch = batch == 0 ? 256 : Int(batch)
  }

  func score(_ answers: [Answer], seed: UInt64) throws -> [Verdict] {
    let call = RowCall<Answer, PolyaRewardItem, PolyaRewardResult, Verdict>(
      function: .score, input: Self.item, read: verdict, lost: { .failed($0) }, record: \.json)
    var verdicts: [Verdict] = []
    verdicts.reserveCapacity(answers.count)
    for start in stride(from: 0, to: answers.count, by: maxBatch) {
      let batch = Array(answers[start..<min(start + maxBatch, answers.count)])
      verdicts += try call.run(batch, on: instance, seed: seed)
    }
    return verdicts
  }

  private static func item(_ answer: Answer, _ frame: CallFrame) -> PolyaRewardItem {
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
    item.transcript = frame.rows(
      answer.transcript.map { PolyaMessage(role: frame.text($0.role), content: frame.text($0.content)) })
    if answer.logprobs.count == answer.tokens.count { item.logprobs = frame.floats(answer.logprobs) }
    return item
  }

  private func verdict(_ result: PolyaRewardResult, _ reason: String) throws -> Verdict {
    guard result.status == PolyaStatus(POLYA_OK) else { return .failed(reason) }
    let received = instance.received
    let notes = try received.rows(result.notes, PolyaNote.self, "the notes") {
      try received.text($0.message, "a note")
    }
    switch Int(result.verdict) {
    case Int(POLYA_VERDICT_ABSTAIN): return .abstained(notes: notes)
    case Int(POLYA_VERDICT_SCORED):
      guard range.contains(result.score) else {
        throw Misbehaviour("a score is \(result.score), outside \(range.lowerBound)...\(range.upperBound)")
      }
      return .scored(
        result.score, extracted: try received.text(result.extracted, "the extracted answer"), notes: notes,
        components: try received.array(
          result.components, result.components == nil ? 0 : UInt64(components.count), "the components"))
    default:
      throw Misbehaviour("a row has the verdict \(result.verdict), which is neither scored nor abstain")
    }
  }
}

extension PolyaRowsMut {
  /// A copy of the first row, which the host itself made.
  func first<Row>(_ type: Row.Type) -> Row { row(0, type) }

  /// A copy of a row at the host's own stride.
  func row<Row>(_ index: Int, _ type: Row.Type) -> Row { base.assumingMemoryBound(to: Row.self)[index] }
}
