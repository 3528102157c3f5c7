/// Code in a Markdown answer.
struct CodeBlock: Equatable {
  /// Without the indentation of its fence.
  let text: String
  /// Where it stands in the answer.
  let bytes: Range<Int>

  private enum Language: Int { case other, none, python }

  /// The last block that says it is Python; without one, the last that does not say what it is; nil without both.
  /// A block that a truncated answer leaves open counts.
  static func last(in answer: String) -> CodeBlock? {
    let bytes = Array(answer.utf8)
    var best: (language: Language, block: CodeBlock)?
    var open: (fence: Fence, lines: [ArraySlice<UInt8>])?
    func close() {
      if let (fence, lines) = open, let first = lines.first, let last = lines.last,
        fence.language != .other, fence.language.rawValue >= (best?.language.rawValue ?? 0)
      {
        let text = lines.map { String(decoding: fence.dedent($0), as: UTF8.self) }.joined(separator: "\n")
        best = (fence.language, CodeBlock(text: text, bytes: first.startIndex..<last.endIndex))
      }
      open = nil
    }
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      guard let fence = Fence(line) else {
        open?.lines.append(line)
        continue
      }
      if let opened = open?.fence, fence.ticks < opened.ticks {
        open?.lines.append(line)
        continue
      }
      let isOpening = open == nil || !fence.isBare
      close()
      if isOpening { open = (fence, []) }
    }
    close()
    return best?.block
  }

  /// A line of at least three backticks, and what stands after them.
  private struct Fence {
    let indentation: Int
    let ticks: Int
    let isBare: Bool
    let language: Language

    init?(_ line: ArraySlice<UInt8>) {
      let rest = line.drop { $0 == UInt8(ascii: " ") }
      indentation = rest.startIndex - line.startIndex
      let label = rest.drop { $0 == UInt8(ascii: "`") }
      ticks = label.startIndex - rest.startIndex
      let words = String(decoding: label, as: UTF8.self).split { $0.isWhitespace || $0 == "{" || $0 == "," }
      // Backticks further on: code inside a line of text.
      guard ticks >= 3, !label.contains(UInt8(ascii: "`")) else { return nil }
      isBare = words.isEmpty
      switch words.first?.lowercased() {
      case nil: language = .none
      case "python", "py", "python3", "python2", "pycon": language = .python
      default: language = .other
      }
    }

    func dedent(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      let spaces = line.prefix { $0 == UInt8(ascii: " ") }.count
      return line.dropFirst(min(spaces, indentation))
    }
  }
}
