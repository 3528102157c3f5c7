internal import CPolya
internal import PolyaContract
internal import PolyaCore

/// Adapts a reward plugin to the host's role.
final class HostedReward: Reward {
  let range: ClosedRange<Double>
  let components: [String]
  let instance: PluginInstance
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

  var wantsWholeGroups: Bool { instance.traits.contains(.wholeGroups) }

  func score(_ answers: [Answer], seed: UInt64) throws -> [Verdict] {
    let call = call(Self.item) { String(decoding: $0.completion, as: UTF8.self).utf8.count }
    if wantsWholeGroups { return try scoreGroups(answers, call, seed) }
    var verdicts: [Verdict] = []
    verdicts.reserveCapacity(answers.count)
    for start in stride(from: 0, to: answers.count, by: maxBatch) {
      let batch = Array(answers[start..<min(start + maxBatch, answers.count)])
      verdicts += try call.run(batch, on: instance, seed: seed)
    }
    return verdicts
  }

  /// Returns the call for items of a type.
  ///
  /// - Parameter size: Returns the number of bytes of an item's completion.
  private func call<Item>(
    _ input: @escaping (Item, CallFrame) throws -> PolyaRewardItem, size: @escaping (Item) -> Int
  ) -> RowCall<Item, PolyaRewardItem, PolyaRewardResult, Verdict> {
    RowCall(
      function: .score, layout: .rewardItem, input: input,
      read: { result, item, reason in try self.verdict(result, reason) { size(item) } },
      lost: { cause, missedDeadline in missedDeadline ? Verdict(.timedOut(cause)) : .failed(cause) })
  }

  /// Scores as many whole groups per call as fit into a batch; a larger group gets its own call.
  private func scoreGroups(
    _ answers: [Answer], _ call: RowCall<Answer, PolyaRewardItem, PolyaRewardResult, Verdict>, _ seed: UInt64
  ) throws -> [Verdict] {
    var verdicts: [Verdict?] = Array(repeating: nil, count: answers.count)
    for batch in AnswerGroups.batches(of: answers, largest: maxBatch) {
      let indices = batch.flatMap { $0 }
      var units: [Range<Int>] = []
      for group in batch {
        let start = units.last?.upperBound ?? 0
        units.append(start..<start + group.count)
      }
      let found = try call.run(indices.map { answers[$0] }, units: units, on: instance, seed: seed)
      for (index, verdict) in zip(indices, found) { verdicts[index] = verdict }
    }
    return verdicts.compactMap { $0 }
  }

  private static func item(_ answer: Answer, _ frame: CallFrame) -> PolyaRewardItem {
    var item = PolyaRewardItem()
    item.item_id = answer.id
    item.group_id = answer.groupID
    item.question = frame.text(answer.task.question)
    let bytes = frame.bytes(answer.completion)
    if answer.completion.isUTF8 {
      item.completion = PolyaText(bytes)
    } else {
      item.completion = frame.text(String(decoding: answer.completion, as: UTF8.self))
      item.completion_raw = bytes
    }
    item.reference = frame.text(answer.reference?.text ?? answer.task.reference)
    item.reference_kind = frame.text(answer.reference?.kind ?? answer.task.referenceKind)
    item.metadata_json = frame.text(answer.task.metadataJSON)
    item.tokens = frame.tokens(answer.tokens)
    item.transcript = frame.rows(
      answer.transcript.map { PolyaMessage(role: frame.text($0.role), content: frame.text($0.content)) })
    if answer.logprobs.count == answer.tokens.count { item.logprobs = frame.floats(answer.logprobs) }
    return item
  }
}

extension HostedReward: Replaying {
  /// Replays rows; several rows form one group.
  func replay(_ function: PluginFunction, _ rows: [JSON], seed: UInt64) throws -> [Result<String, PolyaError>]
  {
    let call = call { json, frame in
      try frame.row(json, .rewardItem)
    } size: { json in
      json["completion"]?.string?.utf8.count ?? 0
    }
    let verdicts = try call.run(rows, units: [0..<rows.count], on: instance, seed: seed)
    return verdicts.map { verdict in
      verdict.reason.isEmpty
        ? .success("\(verdict)") : .failure(PolyaError(.plugin, verdict.reason))
    }
  }
}

/// Packs answers by group.
enum AnswerGroups {
  /// Returns the indices of each group's answers, with the groups in order of first appearance and packed
  /// into batches.
  static func batches(of answers: [Answer], largest: Int) -> [[[Int]]] {
    var places: [UInt64: Int] = [:]
    var groups: [[Int]] = []
    for (index, answer) in answers.enumerated() {
      if let place = places[answer.groupID] {
        groups[place].append(index)
      } else {
        places[answer.groupID] = groups.count
        groups.append([index])
      }
    }
    var batches: [[[Int]]] = []
    var rows = 0
    for group in groups {
      if batches.isEmpty || rows + group.count > largest {
        batches.append([])
        rows = 0
      }
      batches[batches.count - 1].append(group)
      rows += group.count
    }
    return batches
  }
}

extension PolyaRowsMut {
  /// Returns a copy of the first row, which the host itself wrote.
  func first<Row>(_ type: Row.Type) -> Row { row(0, type) }

  /// Returns a copy of a row at the host's own stride.
  func row<Row>(_ index: Int, _ type: Row.Type) -> Row { base.assumingMemoryBound(to: Row.self)[index] }
}

extension [UInt8] {
  fileprivate var isUTF8: Bool {
    do {
      _ = try UTF8Span(validating: span)
      return true
    } catch { return false }
  }
}

extension PolyaText {
  /// The same bytes, which are UTF-8.
  fileprivate init(_ bytes: PolyaBytes) {
    self.init(data: bytes.data.map { UnsafePointer<CChar>(OpaquePointer($0)) }, size: bytes.size)
  }
}
