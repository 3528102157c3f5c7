/// Reads the regular expressions that tokenizers split text with, as far as these go.
///
/// Known are sets, general categories, groups, alternatives, greedy and possessive repetition of single characters,
/// optional groups, looking ahead, and `(?i:`. Of everything else `program` is nil.
struct SplitExpression {
  private let source: [Unicode.Scalar]
  private var at = 0
  private var depth = 0
  private var ignoresCase = false
  private var steps: [SplitProgram.Step] = []

  /// The matcher of an expression; nil when there is something in it that is not known.
  static func program(_ source: String) -> SplitProgram? {
    var reader = SplitExpression(source)
    guard reader.alternatives(), reader.at == reader.source.count else { return nil }
    return SplitProgram(reader.steps + [.done])
  }

  private init(_ source: String) { self.source = Array(source.unicodeScalars) }

  private var next: Unicode.Scalar? { at < source.count ? source[at] : nil }

  private mutating func take(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    guard source[at...].starts(with: scalars) else { return false }
    at += scalars.count
    return true
  }

  /// Each alternative but the last: either(or: the following one), its steps, jump(end).
  private mutating func alternatives() -> Bool {
    guard depth < 32 else { return false }
    depth += 1
    defer { depth -= 1 }
    var jumps: [Int] = []
    while true {
      let start = steps.count
      guard sequence() else { return false }
      guard take("|") else { break }
      steps.insert(.either(or: 0), at: start)
      shift(from: start + 1)
      jumps.append(steps.count)
      steps.append(.jump(0))
      steps[start] = .either(or: steps.count)
    }
    for jump in jumps { steps[jump] = .jump(steps.count) }
    return true
  }

  /// Corrects the targets behind a step that was put in before them.
  private mutating func shift(from start: Int) {
    for index in start..<steps.count {
      switch steps[index] {
      case .either(let other): steps[index] = .either(or: other + 1)
      case .jump(let target): steps[index] = .jump(target + 1)
      case .ahead(let negated, let then): steps[index] = .ahead(negated: negated, then: then + 1)
      case .one, .run, .done: break
      }
    }
  }

  private mutating func sequence() -> Bool {
    while let scalar = next, scalar != "|", scalar != ")" {
      guard scalar == "(" ? group() : character() else { return false }
    }
    return true
  }

  private mutating func group() -> Bool {
    let before = ignoresCase
    defer { ignoresCase = before }
    if take("(?!") { return lookAhead(negated: true) }
    if take("(?=") { return lookAhead(negated: false) }
    if take("(?i:") { ignoresCase = true } else if !take("(?:") { at += 1 }
    guard next != "?" else { return false }
    let start = steps.count
    guard alternatives(), take(")") else { return false }
    switch next {
    case "*", "+", "{": return false
    case "?":
      at += 1
      guard next != "?", next != "+" else { return false }
      steps.insert(.either(or: 0), at: start)
      shift(from: start + 1)
      steps[start] = .either(or: steps.count)
    default: break
    }
    return true
  }

  private mutating func lookAhead(negated: Bool) -> Bool {
    let start = steps.count
    steps.append(.done)
    guard alternatives(), take(")") else { return false }
    steps.append(.done)
    steps[start] = .ahead(negated: negated, then: steps.count)
    switch next {
    case "*", "+", "?", "{": return false
    default: return true
    }
  }

  /// One set, and how often.
  private mutating func character() -> Bool {
    guard let set = set(), let (least, most) = repetition() else { return false }
    if least == 1, most == 1 {
      steps.append(.one(set))
      return true
    }
    // What follows a count in braces would repeat it once more.
    let isCounted = source[at - 1] == "}" && next == "+"
    guard next != "?", next != "*", !isCounted else { return false }
    steps.append(.run(set, least: least, most: most, keeps: take("+")))
    return true
  }

  private mutating func repetition() -> (least: Int, most: Int)? {
    if take("?") { return (0, 1) }
    if take("*") { return (0, .max) }
    if take("+") { return (1, .max) }
    guard take("{") else { return (1, 1) }
    guard let least = number() else { return nil }
    if take("}") { return (least, least) }
    guard take(",") else { return nil }
    if take("}") { return (least, .max) }
    guard let most = number(), most >= least, take("}") else { return nil }
    return (least, most)
  }

  private mutating func number() -> Int? {
    let start = at
    while let scalar = next, ("0"..."9").contains(scalar), at - start < 4 { at += 1 }
    return Int(String(String.UnicodeScalarView(source[start..<at])))
  }

  private mutating func set() -> ScalarSet? {
    var set = ScalarSet()
    switch next {
    case nil, ".", "^", "$", "*", "+", "?", "{": return nil
    case "[": return brackets()
    case "\\" where isClass: guard insertClass(&set) else { return nil }
    default:
      guard let scalar = literal(), insert(scalar...scalar, &set) else { return nil }
    }
    return set.finished(negated: false)
  }

  private mutating func brackets() -> ScalarSet? {
    at += 1
    let isNegated = take("^")
    var set = ScalarSet()
    while let scalar = next, scalar != "]" {
      if scalar == "[" || source[at...].starts(with: ["&", "&"]) { return nil }
      if scalar == "\\", isClass {
        guard insertClass(&set) else { return nil }
        continue
      }
      guard let first = literal() else { return nil }
      var last = first
      if next == "-", at + 1 < source.count, source[at + 1] != "]" {
        at += 1
        guard !(next == "\\" && isClass), let end = literal(), end >= first else { return nil }
        last = end
      }
      guard insert(first...last, &set) else { return nil }
    }
    return take("]") ? set.finished(negated: isNegated) : nil
  }

  /// Whether a backslash begins a class of characters.
  private var isClass: Bool {
    at + 1 < source.count && ["p", "P", "s", "S"].contains(source[at + 1])
  }

  private mutating func insertClass(_ set: inout ScalarSet) -> Bool {
    let kind = source[at + 1]
    at += 2
    guard kind == "p" || kind == "P" else {
      set.insertSpaces(negated: kind == "S")
      return true
    }
    guard take("{"), let end = source[at...].firstIndex(of: "}") else { return false }
    let name = String(String.UnicodeScalarView(source[at..<end]))
    at = end + 1
    return !name.isEmpty && set.insertCategory(name, negated: kind == "P")
  }

  /// One character that stands for itself.
  private mutating func literal() -> Unicode.Scalar? {
    guard let scalar = next else { return nil }
    at += 1
    guard scalar == "\\" else { return scalar }
    guard let escaped = next else { return nil }
    at += 1
    switch escaped {
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    default:
      return escaped.isASCII && !escaped.properties.isAlphabetic && !("0"..."9").contains(escaped)
        ? escaped : nil
    }
  }

  /// False for letters whose other case is not known here.
  private func insert(_ range: ClosedRange<Unicode.Scalar>, _ set: inout ScalarSet) -> Bool {
    set.insert(range)
    guard ignoresCase else { return true }
    guard range.upperBound.isASCII else { return false }
    for code in UInt8(range.lowerBound.value)...UInt8(range.upperBound.value)
    where (65...90).contains(code & 0xDF) {
      let other = Unicode.Scalar(code ^ 0x20)
      set.insert(other...other)
      // The long s and the Kelvin sign.
      if code & 0xDF == 83 { set.insert("\u{17F}"..."\u{17F}") }
      if code & 0xDF == 75 { set.insert("\u{212A}"..."\u{212A}") }
    }
    return true
  }
}
