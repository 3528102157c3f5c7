internal import PolyaKit
internal import TransformerFiles

/// One piece of a template.
enum TemplateToken: Equatable {
  case text(String)
  case outputBegin, outputEnd, blockBegin, blockEnd
  case name(String)
  case string(String)
  case int(Int)
  case float(Double)
  case symbol(String)
  case end

  var description: String {
    switch self {
    case .text: "text"
    case .outputBegin: "'{{'"
    case .outputEnd: "'}}'"
    case .blockBegin: "'{%'"
    case .blockEnd: "'%}'"
    case .name(let name): "'\(name)'"
    case .string(let text): JSON.quoted(text)
    case .int(let value): "\(value)"
    case .float(let value): "\(value)"
    case .symbol(let text): "'\(text)'"
    case .end: "the end of the template"
    }
  }
}

/// Cuts a template into tokens, with white space removed as `trim_blocks` and `lstrip_blocks` ask.
struct TemplateLexer {
  private let source: [Unicode.Scalar]
  private var at = 0
  private(set) var line = 1
  private(set) var tokens: [(token: TemplateToken, line: Int)] = []
  /// Whether the last tag swallowed the end of its line.
  private var atLineStart = true

  init(_ text: String) {
    var scalars: [Unicode.Scalar] = []
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      if !(scalar == "\n" && previous == "\r") { scalars.append(scalar == "\r" ? "\n" : scalar) }
      previous = scalar
    }
    if scalars.last == "\n" { scalars.removeLast() }
    source = scalars
  }

  mutating func run() throws {
    while at < source.count {
      let begin = nextTag()
      let sign = begin + 2 < source.count ? source[begin + 2] : " "
      let kind: Unicode.Scalar = begin < source.count ? source[begin + 1] : " "
      takeText(until: begin, sign: begin < source.count ? sign : "+", kind: kind)
      guard begin < source.count else { break }
      if kind == "%", let body = place(after: "raw", at: begin) {
        try raw(from: body)
        continue
      }
      at += sign == "-" || sign == "+" ? 3 : 2
      switch kind {
      case "#": try comment()
      case "%": try tag(.blockBegin, .blockEnd, "%")
      default: try tag(.outputBegin, .outputEnd, "}")
      }
    }
    tokens.append((.end, line))
  }

  private func nextTag() -> Int {
    var place = at
    while place + 1 < source.count {
      if source[place] == "{", ["{", "%", "#"].contains(source[place + 1]) { return place }
      place += 1
    }
    return source.count
  }

  private mutating func takeText(until end: Int, sign: Unicode.Scalar, kind: Unicode.Scalar) {
    var text = source[at..<end]
    if sign == "-" {
      while let last = text.last, last.isSpace { text.removeLast() }
    } else if sign != "+" && kind != "{" {
      let lineStart = text.lastIndex(of: "\n").map { $0 + 1 }
      let start = lineStart ?? (atLineStart ? text.startIndex : nil)
      if let start, text[start...].allSatisfy(\.isSpace) { text = text[..<start] }
    }
    if !text.isEmpty { tokens.append((.text(String(scalars: text)), line)) }
    advance(to: end)
  }

  private mutating func advance(to end: Int) {
    for scalar in source[at..<end] where scalar == "\n" { line += 1 }
    at = end
  }

  /// Consumes the end of a tag, if it stands here, and the white space that its sign removes.
  private mutating func takeEnd(_ mark: Unicode.Scalar, trims: Bool) -> Bool {
    let signed = looksAt("-", mark, "}") || (trims && looksAt("+", mark, "}"))
    guard signed || looksAt(mark, "}") else { return false }
    let sign = source[at]
    var end = at + (signed ? 3 : 2)
    if signed && sign == "-" {
      while end < source.count, source[end].isSpace { end += 1 }
    } else if !signed && trims && end < source.count && source[end] == "\n" {
      end += 1
    }
    advance(to: end)
    atLineStart = source[end - 1] == "\n"
    return true
  }

  private func looksAt(_ expected: Unicode.Scalar...) -> Bool {
    at + expected.count <= source.count && source[at..<at + expected.count].elementsEqual(expected)
  }

  /// Where the text goes on after the tag `{% word %}` that begins at `begin`; nil when that is another tag.
  private func place(after word: String, at begin: Int) -> Int? {
    var place = begin + 2
    func skip(_ matches: (Unicode.Scalar) -> Bool) {
      while place < source.count, matches(source[place]) { place += 1 }
    }
    guard place < source.count, source[begin] == "{", source[begin + 1] == "%" else { return nil }
    if source[place] == "-" || source[place] == "+" { place += 1 }
    skip(\.isSpace)
    guard source[place...].starts(with: word.unicodeScalars) else { return nil }
    place += word.unicodeScalars.count
    skip(\.isSpace)
    let trims = place < source.count && source[place] == "-"
    if trims { place += 1 }
    guard source[place...].starts(with: "%}".unicodeScalars) else { return nil }
    place += 2
    if trims { skip(\.isSpace) }
    return place
  }

  /// Text up to `{% endraw %}`, in which nothing is a tag.
  private mutating func raw(from body: Int) throws {
    let start = line
    atLineStart = source[body - 1] == "\n"
    advance(to: body)
    var end = at
    while end < source.count, rawEnd(at: end) == nil { end += 1 }
    guard let mark = rawEnd(at: end) else {
      throw TemplateProblem(.corrupt, "the raw block that begins in line \(start) is not closed")
    }
    takeText(until: end, sign: source[end + 2], kind: "%")
    advance(to: mark)
    _ = takeEnd("%", trims: true)
  }

  /// Where the end of the tag `{% endraw %}` that begins here stands, with its sign.
  private func rawEnd(at begin: Int) -> Int? {
    guard begin + 2 < source.count, source[begin] == "{", source[begin + 1] == "%" else { return nil }
    var place = begin + 2
    if source[place] == "-" || source[place] == "+" { place += 1 }
    while place < source.count, source[place].isSpace { place += 1 }
    guard source[place...].starts(with: "endraw".unicodeScalars) else { return nil }
    place += 6
    while place < source.count, source[place].isSpace { place += 1 }
    let sign = place < source.count && (source[place] == "-" || source[place] == "+") ? 1 : 0
    return source[(place + sign)...].starts(with: "%}".unicodeScalars) ? place : nil
  }

  private mutating func comment() throws {
    let start = line
    while at < source.count {
      if takeEnd("#", trims: true) { return }
      advance(to: at + 1)
    }
    throw TemplateProblem(.corrupt, "the comment that begins in line \(start) is not closed")
  }

  private mutating func tag(_ begin: TemplateToken, _ end: TemplateToken, _ mark: Unicode.Scalar) throws {
    tokens.append((begin, line))
    var open: [Unicode.Scalar] = []
    while at < source.count {
      if open.isEmpty, takeEnd(mark, trims: mark == "%") {
        tokens.append((end, line))
        return
      }
      let scalar = source[at]
      if scalar.isSpace {
        advance(to: at + 1)
      } else if scalar == "'" || scalar == "\"" {
        try string(scalar)
      } else if scalar.isDigit {
        try number()
      } else if scalar.isNameStart {
        let start = at
        while at < source.count, source[at].isNameStart || source[at].isDigit { at += 1 }
        tokens.append((.name(String(scalars: source[start..<at])), line))
      } else {
        try symbol(&open)
      }
    }
    throw TemplateProblem(.corrupt, "the tag is not closed")
  }

  private mutating func symbol(_ open: inout [Unicode.Scalar]) throws {
    let two = String(scalars: source[at..<min(at + 2, source.count)])
    if ["==", "!=", "<=", ">=", "//", "**"].contains(two) {
      tokens.append((.symbol(two), line))
      at += 2
      return
    }
    let scalar = source[at]
    switch scalar {
    case "(", "[", "{": open.append(scalar)
    case ")", "]", "}":
      guard let last = open.popLast(), "\(last)\(scalar)" == "()" || scalar.value == last.value + 2 else {
        throw TemplateProblem(.corrupt, "unexpected '\(scalar)'")
      }
    case "+", "-", "*", "/", "%", "~", "|", ".", ",", ":", "=", "<", ">": break
    default: throw TemplateProblem(.corrupt, "unexpected character \(JSON.quoted(String(scalar)))")
    }
    tokens.append((.symbol(String(scalar)), line))
    at += 1
  }

  private mutating func number() throws {
    let start = at
    func digits(_ place: Int) -> Int {
      var place = place
      while place < source.count, source[place].isDigit || source[place] == "_" { place += 1 }
      return place
    }
    var isFloat = false
    at = digits(at)
    if at + 1 < source.count, source[at] == ".", source[at + 1].isDigit {
      isFloat = true
      at = digits(at + 1)
    }
    if at + 1 < source.count, source[at] == "e" || source[at] == "E" {
      let signed = source[at + 1] == "+" || source[at + 1] == "-"
      let exponent = at + (signed ? 2 : 1)
      if exponent < source.count, source[exponent].isDigit {
        isFloat = true
        at = digits(exponent)
      }
    }
    let text = String(scalars: source[start..<at].filter { $0 != "_" })
    if isFloat, let value = Double(text) {
      tokens.append((.float(value), line))
    } else if !isFloat, let value = Int(text), value == 0 || !text.hasPrefix("0") {
      tokens.append((.int(value), line))
    } else {
      throw TemplateProblem(.unsupported, "the number \(text) is not supported")
    }
  }

  private mutating func string(_ quote: Unicode.Scalar) throws {
    let start = line
    var end = at + 1
    while end < source.count, source[end] != quote { end += source[end] == "\\" ? 2 : 1 }
    guard end < source.count else { throw TemplateProblem(.corrupt, "a string is not closed") }
    tokens.append((.string(try unescaped(source[at + 1..<end])), start))
    advance(to: end + 1)
  }

  private func unescaped(_ body: ArraySlice<Unicode.Scalar>) throws -> String {
    var text = String.UnicodeScalarView()
    var place = body.startIndex
    while place < body.endIndex {
      guard body[place] == "\\", place + 1 < body.endIndex else {
        text.append(body[place])
        place += 1
        continue
      }
      let letter = body[place + 1]
      place += 2
      if let plain = Self.escapes[letter] {
        text.append(plain)
      } else if let count = Self.codes[letter] {
        text.append(try code(body, &place, count, radix: 16))
      } else if ("0"..."7").contains(letter) {
        place -= 1
        let octal = body[place...].prefix(3).prefix { ("0"..."7").contains($0) }.count
        text.append(try code(body, &place, octal, radix: 8))
      } else if letter == "N" {
        throw TemplateProblem(.unsupported, "the escape \\N in a string is not supported")
      } else if letter != "\n" {
        text.append("\\")
        text.append(letter)
      }
    }
    return String(text)
  }

  private static let codes: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]
  private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
    "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}",
    "f": "\u{C}", "v": "\u{B}",
  ]

  private func code(
    _ body: ArraySlice<Unicode.Scalar>, _ place: inout Int, _ count: Int, radix: Int
  ) throws -> Unicode.Scalar {
    let digits = body[place...].prefix(count)
    guard digits.count == count, digits.allSatisfy({ $0.properties.isASCIIHexDigit }),
      let value = UInt32(String(scalars: digits), radix: radix), let scalar = Unicode.Scalar(value)
    else { throw TemplateProblem(.corrupt, "a string has a malformed escape") }
    place += count
    return scalar
  }
}

extension Unicode.Scalar {
  /// White space as Python's `str.isspace`.
  var isSpace: Bool { properties.isWhitespace || (0x1C...0x1F).contains(value) }
  fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
  fileprivate var isNameStart: Bool { self == "_" || (properties.isAlphabetic && isASCII) }
}

extension String {
  init(scalars: some Sequence<Unicode.Scalar>) {
    var view = UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }
}
