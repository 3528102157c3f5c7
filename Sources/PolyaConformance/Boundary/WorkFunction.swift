internal import CPolya
internal import PolyaContract
internal import PolyaCore

/// A function that turns input rows into output rows, for any kind of plugin.
struct WorkFunction {
  let role: Role
  let inputSize: Int
  let outputSize: Int
  /// Whether an output row starts with its own status.
  var hasStatus = true
  let write: (Input, InputWriter) throws -> [UInt8]
  /// Returns whether a row that is OK has no verdict.
  var abstains: (UnsafeRawPointer) -> Bool = { _ in false }
  /// Writes pointers of the host into an output row.
  var prepare: ((Input, UnsafeMutableRawPointer, InputWriter) -> Void)?
  let invoke: (UnsafePointer<PolyaCall>, PolyaRows, PolyaRowsMut) -> PolyaStatus
  /// Returns the row as text, equal for equal results.
  let read: (Input, UnsafeRawPointer, ResultReader) -> String

  typealias Rows =
    @convention(c) (OpaquePointer?, UnsafePointer<PolyaCall>?, PolyaRows, PolyaRowsMut) -> PolyaStatus

  static func blob<T>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
}

/// Checks of byte spans.
enum Spans {
  /// Returns whether an offset is on a code point boundary of the text.
  static func isBorder(_ offset: UInt64, in text: [UInt8]) -> Bool {
    guard offset < UInt64(text.count) else { return offset == UInt64(text.count) }
    return text[Int(offset)] & 0xC0 != 0x80
  }

  static func isInside(_ span: PolyaSpan, _ text: [UInt8]) -> Bool {
    span.begin <= span.end && isBorder(span.begin, in: text) && isBorder(span.end, in: text)
  }
}

extension WorkFunction {
  static func all(of table: PolyaReward, _ instance: Instance) -> [WorkFunction] {
    guard let score = table.score else { return [] }
    return [
      WorkFunction(
        role: .score, inputSize: MemoryLayout<PolyaRewardItem>.size,
        outputSize: MemoryLayout<PolyaRewardResult>.size, write: rewardItem,
        abstains: { $0.load(as: PolyaRewardResult.self).verdict == UInt32(POLYA_VERDICT_ABSTAIN) },
        invoke: { score(instance.raw, $0, $1, $2) },
        read: { input, row, reader in
          RewardRow.read(
            input, row.load(as: PolyaRewardResult.self), reader, instance.cachedFacts ?? Facts())
        })
    ]
  }

  private static func rewardItem(_ input: Input, _ writer: InputWriter) throws -> [UInt8] {
    guard case .answer(let answer) = input else { return [] }
    var item = PolyaRewardItem()
    item.item_id = answer.id
    item.group_id = answer.group.map { Randomness(seed: 0).stream($0).key } ?? answer.id
    item.question = writer.text(answer.question)
    item.completion = writer.text(answer.completion)
    if String(validating: answer.completion, as: UTF8.self) == nil {
      item.completion_raw = writer.bytes(answer.completion)
    }
    item.reference = writer.text(answer.reference)
    item.reference_kind = writer.text(answer.kind)
    item.metadata_json = writer.text(answer.metadata)
    item.tokens = writer.tokens(answer.tokens)
    item.transcript = writer.messages(answer.transcript)
    if answer.logprobs.count == answer.tokens.count { item.logprobs = writer.array(answer.logprobs) }
    try writer.fill(&item, .rewardItem, answer.further)
    return blob(item)
  }
}

/// The result of a reward.
enum RewardRow {
  static func read(
    _ input: Input, _ row: PolyaRewardResult, _ reader: ResultReader, _ facts: Facts
  ) -> String {
    guard case .answer(let answer) = input else { return "" }
    let components = facts.components
    reader.textRule = "reward.texts"
    let isScored = row.verdict == UInt32(POLYA_VERDICT_SCORED)
    if isScored {
      reader.saw(.score)
      if !(row.score.isFinite && row.score >= facts.low && row.score <= facts.high) {
        reader.fault("reward.range", "the score is \(row.score), outside of \(facts.low)...\(facts.high)")
      }
    }
    if !isScored, row.verdict != UInt32(POLYA_VERDICT_ABSTAIN) {
      reader.fault("reward.verdict", "the verdict is \(row.verdict), which is neither scored nor abstain")
    }
    if !(row.confidence >= 0 && row.confidence <= 1) {
      reader.fault("reward.confidence", "the confidence is \(row.confidence), outside of 0...1")
    }
    let values =
      row.components == nil ? [] : reader.array(row.components, UInt64(components.count), "the components")
    for (index, (value, range)) in zip(values, components).enumerated() where !value.isNaN {
      reader.saw(.component(index))
      if !value.isFinite || range?.contains(value) == false {
        reader.fault(
          "reward.components", "component \(index) is \(value), which is infinite or outside of its range")
      }
    }
    let notes = notes(row.notes, in: answer.completion, reader, spanRule: "reward.notes")
    let extracted = reader.text(row.extracted, "the extracted answer")
    let detail = reader.text(row.detail_json, "detail_json")
    if !notes.isEmpty { reader.saw(.note) }
    if !(extracted.isEmpty && detail.isEmpty && notes.isEmpty) { reader.saw(.text) }
    let score = isScored ? "\(row.score)" : "abstain"
    return "\(row.verdict) \(score) \(row.confidence) \(values) '\(extracted)' \(notes) \(detail)"
  }

  static func notes(_ rows: PolyaRows, in text: [UInt8], _ reader: ResultReader, spanRule: String) -> [String]
  {
    reader.rows(rows, PolyaNote.self, "the notes").map { note in
      if !Spans.isInside(note.span, text) {
        reader.fault(
          spanRule,
          "a note has the byte range \(note.span.begin)..<\(note.span.end) in a text of \(text.count) bytes, "
            + "which is outside or splits a code point")
      }
      return "\(reader.text(note.code, "a note's code")): \(reader.text(note.message, "a note")) "
        + "\(note.span.begin)..<\(note.span.end) \(note.severity)"
    }
  }
}
