internal import PolyaKit
internal import TransformerFiles

/// Cuts text into the pieces that merges never cross.
struct PreTokenizer: Equatable {
  enum Step: Equatable {
    case split(TextSplit)
    case digits(individual: Bool)
    /// A space before each piece that has none.
    case prefixSpace
    case metaspace(Metaspace)
    /// Before every run of this mark.
    case marks([UInt8])
  }

  private(set) var steps: [Step]
  /// Whether pieces are bytes to the model; otherwise they are characters.
  private(set) var isByteLevel: Bool

  init(_ steps: [Step], isByteLevel: Bool = true) {
    self.steps = steps
    self.isByteLevel = isByteLevel
  }

  /// From the `pre_tokenizer` of a `tokenizer.json`; an unknown one is refused by name.
  init(_ json: JSON?, name: String) throws {
    steps = []
    isByteLevel = false
    if let json { try add(json, name) }
  }

  private mutating func add(_ json: JSON, _ name: String) throws {
    let type = json["type"]?.string ?? "?"
    guard !isByteLevel else {
      throw TransformerError(
        .unsupported, "\(name) has pre_tokenizer \(type) after ByteLevel, which is not supported")
    }
    switch type {
    case "Sequence":
      for step in json["pretokenizers"]?.array ?? [] { try add(step, name) }
    case "ByteLevel":
      if json["add_prefix_space"]?.bool ?? true { steps.append(.prefixSpace) }
      if json["use_regex"]?.bool ?? true { steps.append(.split(TextSplit(.gpt2))) }
      isByteLevel = true
    case "Digits":
      steps.append(.digits(individual: json["individual_digits"]?.bool ?? false))
    case "Metaspace":
      steps.append(.metaspace(try Metaspace(json, name: name)))
    case "Split":
      steps.append(.split(try TextSplit(json, name: name)))
    default:
      throw TransformerError(
        .unsupported, "\(name) has pre_tokenizer \(type), which this engine does not support")
    }
  }

  /// Calls `body` with each piece, in order, as a range of a text.
  ///
  /// - Parameter isFirst: whether the text is the beginning of all.
  func forEachPiece(
    _ bytes: [UInt8], _ range: Range<Int>, isFirst: Bool, _ body: ([UInt8], Range<Int>) -> Void
  ) {
    cut(ClassifiedText(bytes), range, 0, isFirst, body)
  }

  private func cut(
    _ text: ClassifiedText, _ range: Range<Int>, _ number: Int, _ isFirst: Bool,
    _ body: ([UInt8], Range<Int>) -> Void
  ) {
    guard !range.isEmpty else { return }
    guard number < steps.count else { return body(text.bytes, range) }
    switch steps[number] {
    case .split(let split) where split.isPlain:
      cut(text, range, number, isFirst, body) { split.segment(text, from: $0, to: range.upperBound).end }
    case .split(let split):
      split.forEachPiece(text, range) {
        cut(text, $0, number + 1, isFirst && $0.lowerBound == range.lowerBound, body)
      }
    case .digits(let individual):
      cut(text, range, number, isFirst, body) { Self.digitsEnd(text, $0, range.upperBound, individual) }
    case .marks(let mark):
      cut(text, range, number, isFirst, body) {
        Self.markedEnd(text.bytes, mark, from: $0, to: range.upperBound)
      }
    case .prefixSpace:
      guard text.bytes[range.lowerBound] != 32 else { return cut(text, range, number + 1, isFirst, body) }
      let padded = [32] + text.bytes[range]
      cut(ClassifiedText(padded), 0..<padded.count, number + 1, isFirst, body)
    case .metaspace(let metaspace):
      let marked = metaspace.mark(text.bytes[range], isFirst: isFirst)
      cut(ClassifiedText(marked), 0..<marked.count, number, isFirst, body) {
        metaspace.pieceEnd(marked, from: $0)
      }
    }
  }

  /// Gives the pieces whose ends `pieceEnd` finds to the next step.
  private func cut(
    _ text: ClassifiedText, _ range: Range<Int>, _ number: Int, _ isFirst: Bool,
    _ body: ([UInt8], Range<Int>) -> Void, _ pieceEnd: (Int) -> Int
  ) {
    let isLast = number + 1 == steps.count
    var start = range.lowerBound
    while start < range.upperBound {
      let end = pieceEnd(start)
      if isLast {
        body(text.bytes, start..<end)
      } else {
        cut(text, start..<end, number + 1, isFirst && start == range.lowerBound, body)
      }
      start = end
    }
  }

  /// The pieces cut once more, before every run of a mark that merges never cross.
  func cuttingAtMarks(_ mark: [UInt8]?) -> PreTokenizer {
    PreTokenizer(steps + (mark.map { [.marks($0)] } ?? []), isByteLevel: isByteLevel)
  }

  /// Where the next run of marks begins, after one that may begin at `start`.
  static func markedEnd(_ text: [UInt8], _ mark: [UInt8], from start: Int, to end: Int) -> Int {
    func isMark(_ at: Int) -> Bool {
      at + mark.count <= end && text[at] == mark[0] && text[at..<at + mark.count].elementsEqual(mark)
    }
    var at = start
    while isMark(at) { at += mark.count }
    while at < end, !isMark(at) { at += 1 }
    return at
  }

  private static func digitsEnd(_ text: ClassifiedText, _ start: Int, _ end: Int, _ individual: Bool) -> Int {
    let (kind, next) = text.character(at: start)
    if kind == .number { return individual ? next : text.runEnd(of: .number, from: next, to: end) }
    var at = next
    while at < end {
      let character = text.character(at: at)
      if character.kind == .number { break }
      at = character.end
    }
    return at
  }
}
