internal import PolyaCore
internal import PolyaRecords

/// A verdict for people: what was found where, and why it counts.
enum VerdictText {
  /// Lines of text that begin with a name of the row.
  static func lines(_ verdict: VerdictRecord, _ answer: Answer, name: String) -> [String] {
    var lines = ["\(name): \(verdict.outcome.rawValue)\(score(verdict))"]
    lines.append("  reference: \(oneLine(answer.task.reference))\(kind(answer.task.referenceKind))")
    lines.append("  answer:    \(verdict.extracted.isEmpty ? "none found" : oneLine(verdict.extracted))")
    for note in verdict.notes {
      lines.append("  \(note.code.isEmpty ? "note" : note.code): \(note.message)")
      if let range = note.range { lines += context(of: range, in: answer.completion).map { "    " + $0 } }
    }
    if !verdict.reason.isEmpty { lines.append("  reason: \(verdict.reason)") }
    for component in verdict.components {
      lines.append("  \(component.name): \(component.value.formatted(4))")
    }
    return lines
  }

  private static func score(_ verdict: VerdictRecord) -> String {
    verdict.score.map { ", score \($0.formatted(4))" } ?? ", no score"
  }

  private static func kind(_ kind: String) -> String { kind.isEmpty ? "" : " (\(kind))" }

  private static func oneLine(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ⏎ ")
    return line.count > mostCharacters ? line.prefix(mostCharacters) + " …" : line
  }

  private static let mostCharacters = 160

  /// The line in which a range begins, with marks below it.
  private static func context(of range: Range<Int>, in bytes: [UInt8]) -> [String] {
    guard range.lowerBound < bytes.count, range.upperBound <= bytes.count, !range.isEmpty else { return [] }
    let start = bytes[..<range.lowerBound].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let end = bytes[range.lowerBound...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    let before = String(decoding: bytes[start..<range.lowerBound], as: UTF8.self)
    let marked = String(decoding: bytes[range.lowerBound..<min(end, range.upperBound)], as: UTF8.self)
    let after = String(decoding: bytes[min(end, range.upperBound)..<end], as: UTF8.self)
    let left = before.count > 60 ? "…" + before.suffix(60) : before
    let right = after.count > 40 ? after.prefix(40) + "…" : after
    let shown = marked.count > 100 ? marked.prefix(100) + "…" : marked
    return [
      left + shown + right,
      String(repeating: " ", count: left.count) + String(repeating: "^", count: max(1, shown.count)),
    ]
  }
}
