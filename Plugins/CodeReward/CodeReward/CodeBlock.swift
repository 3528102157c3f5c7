/// Code in a Markdown answer.
struct CodeBlock: Equatable {
  /// Without the indentation of its fence.
  let text: String
  /// Where it stands in the answer.
  let bytes: Range<Int>

  /// Earlier blocks are not looked at.
  static let most = 64

  private enum Label: Int { case other, none, asked }

  /// The blocks that say they are of the language; without one, those that do not say what they are; the last ``most`` of
  /// them. A block that a truncated answer leaves open counts. Takes time in proportion to the answer's length.
  static func all(in answer: String, of language: ProgramLanguage) -> [CodeBlock] {
    let bytes = Array(answer.utf8)
    let labels = language.labels
    var best = Label.none
    var found: [(fence: Fence, lines: Range<Int>)] = []
    var open: (fence: Fence, start: Int, end: Int)?
    func close() {
      if let block = open, block.start <= block.end, block.fence.label.rawValue >= best.rawValue {
        if block.fence.label != best { found = [] }
        best = block.fence.label
        found.append((block.fence, block.start..<block.end))
      }
      open = nil
    }
    var start = 0
    while start <= bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      if let fence = Fence(bytes[start..<end], labels), open.map({ fence.ends($0.fence) }) ?? true {
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

  /// The runs of lines that stand four spaces or a tab to the right, as Markdown marks code without a fence; the last
  /// ``most`` of them. Each begins the text or follows an empty line.
  static func indented(in answer: String) -> [String] {
    var runs: [[Substring]] = []
    var isFree = true
    var isOpen = false
    for line in answer.split(separator: "\n", omittingEmptySubsequences: false) {
      let isEmpty = line.allSatisfy { $0 == " " || $0 == "\t" || $0 == "\r" }
      let width = line.hasPrefix("    ") ? 4 : line.hasPrefix("\t") ? 1 : 0
      if isOpen, isEmpty || width > 0 {
        runs[runs.count - 1].append(line.dropFirst(width))
      } else if width > 0, !isEmpty, isFree {
        runs.append([line.dropFirst(width)])
        isOpen = true
      } else {
        isOpen = false
      }
      isFree = isEmpty
    }
    return runs.suffix(most).map { $0.joined(separator: "\n") }
  }

  /// A line of at least three backticks or tildes, what stands before them (spaces, marks of a quotation or of a list's
  /// item), and what stands after them.
  private struct Fence {
    let indentation: Int
    let isQuoted: Bool
    let mark: UInt8
    let count: Int
    let isBare: Bool
    let label: Label

    init?(_ line: ArraySlice<UInt8>, _ labels: Set<String>) {
      let rest = Self.content(of: line)
      guard let mark = rest.first, mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") else { return nil }
      self.mark = mark
      indentation = rest.startIndex - line.startIndex
      isQuoted = line.prefix(indentation).contains(UInt8(ascii: ">"))
      let info = rest.drop { $0 == mark }
      count = info.startIndex - rest.startIndex
      // Backticks further on: code inside a line of text.
      guard count >= 3, mark != UInt8(ascii: "`") || !info.contains(mark) else { return nil }
      let separators = Array(" \t\r{,".utf8)
      let word = info.drop { separators.contains($0) }.prefix { !separators.contains($0) }
      isBare = word.isEmpty
      // No label is longer, and a line may be.
      let isAsked = word.count <= 16 && labels.contains(String(decoding: word, as: UTF8.self).lowercased())
      label = word.isEmpty ? .none : isAsked ? .asked : .other
    }

    private static func content(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      let isBefore: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ">") }
      let rest = line.drop(while: isBefore)
      let number = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }.prefix(9)
      let mark = rest.dropFirst(number.count)
      let marks = number.isEmpty ? "-*+" : ".)"
      guard let first = mark.first, marks.utf8.contains(first), mark.dropFirst().first == UInt8(ascii: " ")
      else {
        return rest
      }
      return mark.dropFirst().drop(while: isBefore)
    }

    func ends(_ other: Fence) -> Bool { mark == other.mark && count >= other.count }

    /// Each line without as many spaces, and in a quotation marks of it, as there are characters before the fence.
    func dedent(_ lines: ArraySlice<UInt8>) -> String {
      guard indentation > 0 else { return String(decoding: lines, as: UTF8.self) }
      var kept: [UInt8] = []
      kept.reserveCapacity(lines.count)
      var spaces = indentation
      for byte in lines {
        if spaces > 0, byte == UInt8(ascii: " ") || isQuoted && byte == UInt8(ascii: ">") {
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
