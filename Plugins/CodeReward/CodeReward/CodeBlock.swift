/// Code in a Markdown answer.
struct CodeBlock: Equatable {
  /// Without the indentation of its fence.
  let text: String
  /// Where it stands in the answer.
  let bytes: Range<Int>

  /// Earlier blocks are not looked at.
  static let most = 64

  private enum Language: Int { case other, none, python }

  /// The blocks that say they are Python; without one, those that do not say what they are; the last ``most`` of them.
  /// A block that a truncated answer leaves open counts. Takes time in proportion to the answer's length.
  static func all(in answer: String) -> [CodeBlock] {
    let bytes = Array(answer.utf8)
    var best = Language.none
    var found: [(fence: Fence, lines: Range<Int>)] = []
    var open: (fence: Fence, start: Int, end: Int)?
    func close() {
      if let block = open, block.start <= block.end, block.fence.language.rawValue >= best.rawValue {
        if block.fence.language != best { found = [] }
        best = block.fence.language
        found.append((block.fence, block.start..<block.end))
      }
      open = nil
    }
    var start = 0
    while start <= bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      if let fence = Fence(bytes[start..<end]), open.map({ fence.ends($0.fence) }) ?? true {
        let isOpening = open == nil || !fence.isBare
        close()
        if isOpening { open = (fence, end + 1, end) }
      } else if let block = open {
        open = (block.fence, block.start, end)
      }
      start = end + 1
    }
    close()
    return found.suffix(most).map { CodeBlock(text: $0.fence.dedent(bytes[$0.lines]), bytes: $0.lines) }
  }

  /// A line of at least three backticks or tildes, and what stands after them.
  private struct Fence {
    let indentation: Int
    let mark: UInt8
    let count: Int
    let isBare: Bool
    let language: Language

    init?(_ line: ArraySlice<UInt8>) {
      let rest = line.drop { $0 == UInt8(ascii: " ") }
      guard let mark = rest.first, mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") else { return nil }
      self.mark = mark
      indentation = rest.startIndex - line.startIndex
      let label = rest.drop { $0 == mark }
      count = label.startIndex - rest.startIndex
      // Backticks further on: code inside a line of text.
      guard count >= 3, mark != UInt8(ascii: "`") || !label.contains(mark) else { return nil }
      let separators = Array(" \t\r{,".utf8)
      let word = label.drop { separators.contains($0) }.prefix { !separators.contains($0) }
      isBare = word.isEmpty
      switch word.count > 8 ? "" : String(decoding: word, as: UTF8.self).lowercased() {
      case "" where word.isEmpty: language = .none
      case "python", "py", "python3", "python2", "pycon": language = .python
      default: language = .other
      }
    }

    func ends(_ other: Fence) -> Bool { mark == other.mark && count >= other.count }

    /// Each line without as many spaces as stand before the fence.
    func dedent(_ lines: ArraySlice<UInt8>) -> String {
      guard indentation > 0 else { return String(decoding: lines, as: UTF8.self) }
      var kept: [UInt8] = []
      kept.reserveCapacity(lines.count)
      var spaces = indentation
      for byte in lines {
        if spaces > 0, byte == UInt8(ascii: " ") {
          spaces -= 1
          continue
        }
        spaces = byte == UInt8(ascii: "\n") ? indentation : 0
        kept.append(byte)
      }
      return String(decoding: kept, as: UTF8.self)
    }
  }
}
