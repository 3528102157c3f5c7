internal import PolyaKit

/// Labels the sentences of an answer that show a heuristic by its own words.
///
/// Only cues that hardly ever mean anything else count, so most sentences get no label, and a missing label says
/// nothing about the approach. Where cues of two heuristics stand in one sentence, the first one labels it, and the
/// longer one where they begin together.
struct CueSegmenter: Sendable {
  struct Labeled: Equatable {
    /// UTF-8 bytes of the answer.
    var bytes: Range<Int>
    /// A heuristic's id.
    var label: String
  }

  private struct Cue {
    /// Lowercase. A digit sign stands for any digit.
    var phrase: [UInt8]
    var label: String
  }

  /// By their first byte, longest first.
  private let cues: [UInt8: [Cue]]

  /// Looks for the cues of all entries.
  init(_ catalog: Catalog) {
    let all = catalog.entries.flatMap { entry in
      entry.cues.map { Cue(phrase: Array($0.utf8), label: entry.heuristic.id) }
    }
    cues = Dictionary(grouping: all) { $0.phrase.first ?? 0 }
      .mapValues { $0.sorted { $0.phrase.count > $1.phrase.count } }
  }

  /// The labeled sentences, in order and disjoint; neighbors with the same label are one.
  func segments(of answer: String) -> [Labeled] {
    let bytes = Array(answer.utf8)
    var segments: [Labeled] = []
    for sentence in Self.sentences(bytes) {
      guard let label = label(bytes[sentence]) else { continue }
      if let last = segments.last, last.label == label,
        Self.isBlank(bytes[last.bytes.upperBound..<sentence.lowerBound])
      {
        segments[segments.count - 1].bytes = last.bytes.lowerBound..<sentence.upperBound
      } else {
        segments.append(Labeled(bytes: sentence, label: label))
      }
    }
    return segments
  }

  /// Spans without white space at their ends. A sentence ends at a line break, or at a full stop, exclamation or
  /// question mark before white space. All borders are ASCII, so none falls inside a code point.
  private static func sentences(_ bytes: [UInt8]) -> [Range<Int>] {
    var sentences: [Range<Int>] = []
    var start: Int?
    for (index, byte) in bytes.enumerated() {
      let isSpace = isSpace(byte)
      if start == nil, !isSpace { start = index }
      let isStop = ".!?".utf8.contains(byte) && (index + 1 == bytes.count || Self.isSpace(bytes[index + 1]))
      guard let begin = start, byte == UInt8(ascii: "\n") || isStop else { continue }
      var end = isStop ? index + 1 : index
      while end > begin, Self.isSpace(bytes[end - 1]) { end -= 1 }
      sentences.append(begin..<end)
      start = nil
    }
    if let begin = start {
      var end = bytes.count
      while end > begin, Self.isSpace(bytes[end - 1]) { end -= 1 }
      sentences.append(begin..<end)
    }
    return sentences
  }

  private func label(_ sentence: ArraySlice<UInt8>) -> String? {
    let folded = sentence.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
    for start in folded.indices where start == 0 || !Self.isLetter(folded[start - 1]) {
      let cue = cues[folded[start], default: []].first { Self.matches($0.phrase, folded, at: start) }
      if let cue { return cue.label }
    }
    return nil
  }

  /// Whether the phrase stands there and ends with a word.
  private static func matches(_ phrase: [UInt8], _ text: [UInt8], at start: Int) -> Bool {
    let end = start + phrase.count
    guard end <= text.count else { return false }
    let isSame = phrase.indices.allSatisfy { offset in
      let byte = text[start + offset]
      return phrase[offset] == UInt8(ascii: "#") ? byte &- 0x30 < 10 : phrase[offset] == byte
    }
    let endsInDigit = phrase.last == UInt8(ascii: "#")
    return isSame && (endsInDigit || end == text.count || !isLetter(text[end]))
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
  private static func isLetter(_ byte: UInt8) -> Bool { byte >= 0x80 || (byte | 0x20) &- 0x61 < 26 }
  private static func isBlank(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.allSatisfy(isSpace) }
}
