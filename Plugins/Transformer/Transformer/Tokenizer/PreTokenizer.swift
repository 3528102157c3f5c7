/// Cuts text into the pieces that merges never cross.
struct PreTokenizer: Equatable {
  enum Step: Equatable {
    case split(SplitPattern)
    case digits(individual: Bool)
    /// A space before each piece that has none.
    case prefixSpace
  }

  private(set) var steps: [Step]

  init(_ steps: [Step]) { self.steps = steps }

  /// From the `pre_tokenizer` of a `tokenizer.json`; an unknown one is refused by name.
  init(_ json: JSON?, name: String) throws {
    steps = []
    guard let json else {
      throw TransformerError(
        .unsupported, "\(name) has no pre_tokenizer; this engine reads byte-level tokenizers only")
    }
    var isByteLevel = false
    try add(json, name, &isByteLevel)
    guard isByteLevel else {
      throw TransformerError(
        .unsupported,
        "the pre_tokenizer of \(name) has no ByteLevel step; this engine reads byte-level tokenizers only")
    }
  }

  private mutating func add(_ json: JSON, _ name: String, _ isByteLevel: inout Bool) throws {
    let type = json["type"]?.string ?? "?"
    guard !isByteLevel else {
      throw TransformerError(
        .unsupported, "\(name) has pre_tokenizer \(type) after ByteLevel, which is not supported")
    }
    switch type {
    case "Sequence":
      for step in json["pretokenizers"]?.array ?? [] { try add(step, name, &isByteLevel) }
    case "ByteLevel":
      if json["add_prefix_space"]?.bool ?? true { steps.append(.prefixSpace) }
      if json["use_regex"]?.bool ?? true { steps.append(.split(.gpt2)) }
      isByteLevel = true
    case "Digits":
      steps.append(.digits(individual: json["individual_digits"]?.bool ?? false))
    case "Split":
      let source = json["pattern"]?["Regex"]?.string ?? json["pattern"]?["String"]?.string ?? "?"
      guard let pattern = SplitPattern(source: source), json["behavior"]?.string == "Isolated",
        json["invert"]?.bool != true
      else {
        throw TransformerError(
          .unsupported, "\(name) splits text by \(source), which this engine does not know")
      }
      steps.append(.split(pattern))
    default:
      throw TransformerError(
        .unsupported, "\(name) has pre_tokenizer \(type), which this engine does not know")
    }
  }

  /// Calls `body` with each piece, in order, as bytes.
  func forEachPiece(_ scalars: some Sequence<Unicode.Scalar>, _ body: (borrowing [UInt8]) throws -> Void)
    rethrows
  {
    var bytes: [UInt8] = []
    try walk(ClassifiedText(scalars), steps[...]) { text, range in
      bytes.removeAll(keepingCapacity: true)
      for scalar in text.scalars[range] {
        if let encoded = UTF8.encode(scalar) { bytes.append(contentsOf: encoded) }
      }
      try body(bytes)
    }
  }

  private func walk(
    _ text: ClassifiedText, _ steps: ArraySlice<Step>, _ body: (ClassifiedText, Range<Int>) throws -> Void
  ) rethrows {
    guard !text.scalars.isEmpty else { return }
    if case .prefixSpace = steps.first {
      let padded = text.scalars[0] == " " ? text : ClassifiedText([" "] + text.scalars)
      return try walk(padded, steps.dropFirst(), body)
    }
    try cut(text, 0..<text.scalars.count, steps, body)
  }

  private func cut(
    _ text: ClassifiedText, _ range: Range<Int>, _ steps: ArraySlice<Step>,
    _ body: (ClassifiedText, Range<Int>) throws -> Void
  ) rethrows {
    guard let step = steps.first else { return try body(text, range) }
    var start = range.lowerBound
    while start < range.upperBound {
      let end: Int
      switch step {
      case .split(let pattern): end = pattern.pieceEnd(text, from: start, to: range.upperBound)
      case .digits(let individual): end = Self.digitsEnd(text, start, range.upperBound, individual)
      case .prefixSpace: return try walk(ClassifiedText(text.scalars[range]), steps, body)
      }
      try cut(text, start..<end, steps.dropFirst(), body)
      start = end
    }
  }

  private static func digitsEnd(_ text: ClassifiedText, _ start: Int, _ end: Int, _ individual: Bool) -> Int {
    if text.classes[start] == .number {
      return individual ? start + 1 : text.runEnd(of: .number, from: start, to: end)
    }
    var at = start
    while at < end, text.classes[at] != .number { at += 1 }
    return at
  }
}
