internal import TransformerFiles

/// A regular expression over names of modules, as PEFT's `rank_pattern` and `alpha_pattern` have them.
///
/// Each part maps all places where it may begin to all where it may end, so that no pattern of a file can make matching
/// slow. What is not supported (look-around, references, flags) is refused.
struct ModulePattern {
  fileprivate indirect enum Node {
    case bytes([Bool])
    case start, end
    case sequence([Node])
    case choice([Node])
    case repeated(Node, least: Int, most: Int)

    /// Repetitions within each other.
    var height: Int {
      switch self {
      case .bytes, .start, .end: 0
      case .sequence(let parts), .choice(let parts): parts.reduce(0) { max($0, $1.height) }
      case .repeated(let part, _, _): 1 + part.height
      }
    }
  }

  let text: String
  private let node: Node

  /// - Parameter place: where the pattern stands, for the message.
  init(_ text: String, place: String) throws {
    self.text = text
    var parser = ModulePatternParser(text)
    guard let node = parser.pattern() else {
      throw TransformerError(
        .unsupported,
        "\(place) has the pattern \"\(text)\", which is not a regular expression that this engine reads (no look-around, references or flags); name the modules instead"
      )
    }
    self.node = node
  }

  /// Whether it matches a whole name, or all of it behind some dot, which is PEFT's rule.
  func matches(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    let starts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: ".") }.map { $0 + 1 }
    return Self.ends(node, Set(starts), bytes).contains(bytes.count)
  }

  private static func ends(_ node: Node, _ starts: Set<Int>, _ bytes: [UInt8]) -> Set<Int> {
    switch node {
    case .bytes(let allowed):
      return Set(starts.filter { $0 < bytes.count && allowed[Int(bytes[$0])] }.map { $0 + 1 })
    case .start: return starts.intersection([0])
    case .end: return starts.intersection([bytes.count])
    case .sequence(let parts):
      return parts.reduce(starts) { $0.isEmpty ? [] : ends($1, $0, bytes) }
    case .choice(let parts):
      return parts.reduce(into: []) { $0.formUnion(ends($1, starts, bytes)) }
    case .repeated(let part, let least, let most):
      var now = starts
      var result: Set<Int> = least == 0 ? starts : []
      var count = 0
      // Places only move forward: soon there are none, or always the same.
      while count < most, !now.isEmpty {
        let following = ends(part, now, bytes)
        count += 1
        if count >= least || following == now { result.formUnion(following) }
        if following == now { break }
        now = following
      }
      return result
    }
  }
}

/// Reads the part of Python's syntax that names of modules need.
private struct ModulePatternParser {
  private typealias Node = ModulePattern.Node
  /// Groups and repetitions within each other: more would be slow, and no name needs them.
  private static let deepest = 6
  private static let highest = 2
  private static let mostRepetitions = 100
  private let bytes: [UInt8]
  private var at = 0
  private var depth = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func take(_ character: Character) -> Bool {
    guard let next, next == character.asciiValue else { return false }
    at += 1
    return true
  }

  /// nil: not supported, or not a pattern.
  mutating func pattern() -> ModulePattern.Node? {
    guard bytes.count <= 1000, let node = choice(), at == bytes.count, node.height <= Self.highest else {
      return nil
    }
    return node
  }

  private mutating func choice() -> Node? {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { return nil }
    var parts: [Node] = []
    repeat {
      var sequence: [Node] = []
      while let next, next != UInt8(ascii: "|"), next != UInt8(ascii: ")") {
        guard let node = repeated() else { return nil }
        sequence.append(node)
      }
      parts.append(.sequence(sequence))
    } while take("|")
    return .choice(parts)
  }

  private mutating func repeated() -> Node? {
    guard let part = single() else { return nil }
    var limits: (least: Int, most: Int)?
    if take("*") {
      limits = (0, .max)
    } else if take("+") {
      limits = (1, .max)
    } else if take("?") {
      limits = (0, 1)
    } else if take("{") {
      guard let counts = counts() else { return nil }
      limits = counts
    }
    guard let limits else { return part }
    // Lazy or greedy, the whole name is to match; but nothing may be repeated twice.
    _ = take("?")
    if let next, [UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "{")].contains(next) { return nil }
    return .repeated(part, least: limits.least, most: limits.most)
  }

  private mutating func number() -> Int? {
    var digits = ""
    while let next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) {
      digits.append(Character(Unicode.Scalar(next)))
      at += 1
    }
    return Int(digits)
  }

  private mutating func counts() -> (least: Int, most: Int)? {
    let least = number()
    let most = take(",") ? (number() ?? (next == UInt8(ascii: "}") ? .max : nil)) : least
    guard take("}"), let most, (least ?? 0) <= most, (least ?? 0) <= Self.mostRepetitions else { return nil }
    return (least ?? 0, most)
  }

  private mutating func single() -> Node? {
    guard let first = next else { return nil }
    at += 1
    switch first {
    case UInt8(ascii: "."): return .bytes((0..<256).map { $0 != 10 })
    case UInt8(ascii: "^"): return .start
    case UInt8(ascii: "$"): return .end
    case UInt8(ascii: "\\"): return escape().map(Node.bytes)
    case UInt8(ascii: "["): return set().map(Node.bytes)
    case UInt8(ascii: "("): return group()
    case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"): return nil
    default: return .bytes(Self.only(first))
    }
  }

  private mutating func group() -> Node? {
    // A name of the group, or that it has none, changes nothing.
    if take("?"), !take(":") {
      guard take("P"), take("<") else { return nil }
      while let next, next != UInt8(ascii: ">") { at += next == UInt8(ascii: ")") ? bytes.count : 1 }
      guard take(">") else { return nil }
    }
    guard let node = choice(), take(")") else { return nil }
    return node
  }

  private static func only(_ byte: UInt8) -> [Bool] { (0..<256).map { $0 == Int(byte) } }

  private static func isWord(_ byte: Int) -> Bool {
    byte == 95 || (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }

  private mutating func escape() -> [Bool]? {
    guard let letter = next else { return nil }
    at += 1
    switch letter {
    case UInt8(ascii: "d"): return (0..<256).map { (48...57).contains($0) }
    case UInt8(ascii: "D"): return (0..<256).map { !(48...57).contains($0) }
    case UInt8(ascii: "w"): return (0..<256).map(Self.isWord)
    case UInt8(ascii: "W"): return (0..<256).map { !Self.isWord($0) }
    case UInt8(ascii: "s"): return (0..<256).map { $0 == 32 || (9...13).contains($0) }
    case UInt8(ascii: "S"): return (0..<256).map { $0 != 32 && !(9...13).contains($0) }
    default: return Self.isWord(Int(letter)) ? nil : Self.only(letter)
    }
  }

  private mutating func set() -> [Bool]? {
    let isNegated = take("^")
    var allowed = [Bool](repeating: false, count: 256)
    var isFirst = true
    while let first = next, first != UInt8(ascii: "]") || isFirst {
      isFirst = false
      at += 1
      if first == UInt8(ascii: "\\") {
        guard let escaped = escape() else { return nil }
        for byte in 0..<256 where escaped[byte] { allowed[byte] = true }
      } else if at + 1 < bytes.count, bytes[at] == UInt8(ascii: "-"), bytes[at + 1] != UInt8(ascii: "]") {
        let last = bytes[at + 1]
        guard first <= last, last != UInt8(ascii: "\\") else { return nil }
        for byte in first...last { allowed[Int(byte)] = true }
        at += 2
      } else {
        allowed[Int(first)] = true
      }
    }
    guard take("]") else { return nil }
    return isNegated ? allowed.map { !$0 } : allowed
  }
}
