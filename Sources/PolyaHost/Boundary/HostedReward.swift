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

  var wantsWholeGroups: Bool { instance.traits.contains(.wholeGroups) }

  func score(_ answers: [Answer], seed: UInt64) throws -> [Verdict] {
    let call = RowCall<Answer, PolyaRewardItem, PolyaRewardResult, Verdict>(
      function: .score, input: Self.item, read: verdict(_:answer:reason:), lost: { .failed($0) },
      record: \.json)
    if wantsWholeGroups { return try scoreGroups(answers, call, seed) }
    var verdicts: [Verdict] = []
    verdicts.reserveCapacity(answers.count)
    for start in stride(from: 0, to: answers.count, by: maxBatch) {
      let batch = Array(answers[start..<min(start + maxBatch, answers.count)])
      verdicts += try call.run(batch, on: instance, seed: seed)
    }
    return verdicts
  }

  /// As many whole groups a call as fit into a batch, and at least one: a larger group is a call of its own.
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

  private func verdict(_ result: PolyaRewardResult, answer: Answer, reason: String) throws -> Verdict {
    if result.status == PolyaStatus(POLYA_TIMED_OUT) { return Verdict(.timedOut(reason)) }
    guard result.status == PolyaStatus(POLYA_OK) else { return .failed(reason) }
    let received = instance.received
    var verdict = Verdict(.abstained)
    // What the plugin saw: bytes that are no UTF-8 are longer there than as they were sampled.
    let size = String(decoding: answer.completion, as: UTF8.self).utf8.count
    verdict.notes = try received.rows(result.notes, PolyaNote.self, "the notes") {
      try Note($0, received, completion: size)
    }
    verdict.extracted = try received.text(result.extracted, "the extracted answer")
    verdict.details = try details(of: result)
    switch Int(result.verdict) {
    case Int(POLYA_VERDICT_ABSTAIN): return verdict
    case Int(POLYA_VERDICT_SCORED):
      guard range.contains(result.score) else {
        throw Misbehaviour("a score is \(result.score), outside \(range.lowerBound)...\(range.upperBound)")
      }
      verdict.status = .scored(result.score)
      verdict.confidence = try confidence(of: result)
      verdict.components = try components(of: result)
      return verdict
    default:
      throw Misbehaviour("a row has the verdict \(result.verdict), which is neither scored nor abstain")
    }
  }

  /// Zero is what a plugin sends that does not say: a score without any confidence would be an abstention.
  private func confidence(of result: PolyaRewardResult) throws -> Double? {
    guard (0...1).contains(result.confidence) else {
      throw Misbehaviour("a confidence is \(result.confidence), outside 0...1")
    }
    return result.confidence == 0 ? nil : result.confidence
  }

  private func details(of result: PolyaRewardResult) throws -> JSON? {
    let text = try instance.received.text(result.detail_json, "the details")
    guard !text.isEmpty else { return nil }
    do { return try JSONParser.parse(text) } catch let error as PolyaError {
      throw Misbehaviour("the details are not JSON: \(error.message)")
    }
  }

  /// NaN stands for one that is absent; there is no other number that is none.
  private func components(of result: PolyaRewardResult) throws -> [Double] {
    guard result.components != nil else { return [] }
    let values = try instance.received.array(
      result.components, UInt64(components.count), "the components")
    if let index = values.firstIndex(where: \.isInfinite) {
      throw Misbehaviour("the component '\(components[index])' is \(values[index])")
    }
    return values
  }
}

extension Note {
  /// A remark as a plugin sent it.
  fileprivate init(_ note: PolyaNote, _ received: Received, completion size: Int) throws {
    let severity: Severity =
      switch Int(note.severity) {
      case Int(POLYA_NOTE_INFO): .info
      case Int(POLYA_NOTE_WARN): .warn
      // A newer header may know graver ones.
      default: .fault
      }
    let (begin, end) = (note.span.begin, note.span.end)
    guard begin <= end, end <= UInt64(size) else {
      throw Misbehaviour("a note is about the bytes \(begin)..<\(end) of a completion of \(size)")
    }
    self.init(
      try received.text(note.message, "a note"), code: try received.text(note.code, "a note's code"),
      severity: severity, range: begin == end ? nil : Int(begin)..<Int(end))
  }
}

/// Answers by their groups.
enum AnswerGroups {
  /// Indices of the answers of each group, the groups in the order in which they begin, packed into batches.
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
  /// A copy of the first row, which the host itself made.
  func first<Row>(_ type: Row.Type) -> Row { row(0, type) }

  /// A copy of a row at the host's own stride.
  func row<Row>(_ index: Int, _ type: Row.Type) -> Row { base.assumingMemoryBound(to: Row.self)[index] }
}
