internal import PolyaKit
internal import TransformerFiles

/// The pre-tokenizer `Split`: cuts a text at the matches of a pattern.
struct TextSplit: Equatable {
  enum Pattern: Equatable {
    case expression(SplitPattern)
    case literal([UInt8])
  }

  /// What becomes of the matches.
  enum Behavior: String {
    case removed = "Removed"
    case isolated = "Isolated"
    case withPrevious = "MergedWithPrevious"
    case withNext = "MergedWithNext"
    /// Matches that follow each other stay together.
    case contiguous = "Contiguous"
  }

  private let pattern: Pattern
  private let behavior: Behavior
  /// Whether what lies between matches is taken for the matches.
  private let isInverted: Bool

  /// Every match is a piece, and what lies between.
  init(_ expression: SplitPattern) {
    (pattern, behavior, isInverted) = (.expression(expression), .isolated, false)
  }

  init(_ pattern: Pattern, _ behavior: Behavior, isInverted: Bool) {
    (self.pattern, self.behavior, self.isInverted) = (pattern, behavior, isInverted)
  }

  /// From a pre-tokenizer of a `tokenizer.json`; an expression that is not known is refused by its text.
  init(_ json: JSON, name: String) throws {
    let source = json["pattern"]?["Regex"]?.string
    let literal = json["pattern"]?["String"]?.string
    let behavior = json["behavior"]?.string ?? "?"
    let pattern: Pattern? =
      source.flatMap { SplitPattern(source: $0) }.map { .expression($0) }
      ?? literal.flatMap { $0.isEmpty ? nil : .literal(Array($0.utf8)) }
    guard let pattern, let known = Behavior(rawValue: behavior) else {
      throw TransformerError(
        .unsupported,
        "\(name) splits text by \(source ?? literal ?? "?") (\(behavior)), which this engine does not support"
      )
    }
    self.init(pattern, known, isInverted: json["invert"]?.bool ?? false)
  }

  /// Whether every segment is a piece.
  var isPlain: Bool { behavior == .isolated }

  /// End of the match that begins at `start`, or of the text before the next one.
  func segment(_ text: ClassifiedText, from start: Int, to end: Int) -> (end: Int, isMatch: Bool) {
    let found: (end: Int, isMatch: Bool)
    switch pattern {
    case .expression(let expression): found = expression.segment(text, from: start, to: end)
    case .literal(let literal):
      let match = text.bytes.firstRange(of: literal, in: start..<end)
      found = match?.lowerBound == start ? (start + literal.count, true) : (match?.lowerBound ?? end, false)
    }
    return (found.end, found.isMatch != isInverted)
  }

  /// The pieces of a range, in order.
  func forEachPiece(_ text: ClassifiedText, _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    var piece: Range<Int>?
    var followsMatch = false
    var at = range.lowerBound
    while at < range.upperBound {
      let (end, isMatch) = segment(text, from: at, to: range.upperBound)
      if let open = piece, joins(isMatch, after: followsMatch) {
        piece = open.lowerBound..<end
        // What a match was put before is a match no more.
        followsMatch = behavior == .withNext ? false : isMatch
      } else {
        if let done = piece { body(done) }
        piece = behavior == .removed && isMatch ? nil : at..<end
        followsMatch = isMatch
      }
      at = end
    }
    if let last = piece { body(last) }
  }

  /// Whether a segment belongs to the piece before it.
  private func joins(_ isMatch: Bool, after previous: Bool) -> Bool {
    switch behavior {
    case .removed, .isolated: false
    case .contiguous: isMatch == previous
    case .withPrevious: isMatch && !previous
    case .withNext: !isMatch && previous
    }
  }
}
