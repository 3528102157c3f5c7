internal import AnswerText

/// The surface of a piece of LaTeX or plain text, with every spelling that carries no meaning removed: math
/// delimiters, currency signs, degree signs, sizing commands, thin spaces; one name per command.
///
/// The result is a byte string for `AnswerParser` with four conventions of its own: a command ends with
/// `commandEnd`; `\text{…}` becomes `"…"`; `\{` and `\}` become `setOpen` and `setClose`; the arguments of
/// `\frac` and `\sqrt` always stand in braces. One pass, linear in the input, no recursion.
struct MathSurface {
  static let commandEnd: UInt8 = 1
  static let setOpen: UInt8 = 2
  static let setClose: UInt8 = 3
  static let quote = UInt8(ascii: "\"")

  static func normalize(_ source: ArraySlice<UInt8>) -> [UInt8] {
    var surface = MathSurface(source)
    while surface.index < source.endIndex { surface.step() }
    return surface.output
  }

  private struct Level {
    var isText = false
    var isAngle = false
    /// Arguments that the command before still waits for.
    var pendingArguments = 0
  }

  private let source: ArraySlice<UInt8>
  private var index: Int
  private var output: [UInt8] = []
  private var levels = [Level()]
  private var textDepth = 0
  private let hasRows: Bool
  /// A single dollar sign encloses no formula.
  private let isPrice: Bool

  private init(_ source: ArraySlice<UInt8>) {
    self.source = source
    index = source.startIndex
    hasRows = source.contains(UInt8(ascii: "&")) || source.lastIndex(ofFolded: "\\begin") != nil
    isPrice = source.indices.count { source[$0] == UInt8(ascii: "$") && !Self.isEscaped($0, source) } == 1
    output.reserveCapacity(source.count + 8)
  }

  private mutating func step() {
    let byte = source[index]
    switch byte {
    case UInt8(ascii: "\\"): command()
    case UInt8(ascii: "{"):
      if let end = endOfBracedComma() {
        index = end
        while output.last == 0x20 { output.removeLast() }
        // In thousands, or before the decimals.
        let digits = source[end...].prefix(4).prefix(while: \.isDigit).count
        output.append(UInt8(ascii: digits == 3 || digits == 0 ? "," : "."))
      } else {
        open(isText: false)
        index += 1
      }
    case UInt8(ascii: "}"):
      close()
      index += 1
    case UInt8(ascii: "^"):
      if let end = endOfDegree() {
        index = end
        appendCommand("degree")
      } else if let end = endOfOrdinal() {
        index = end
      } else {
        emit(byte)
      }
    case UInt8(ascii: "*"):
      // Python's power, unless it is Markdown's emphasis.
      if let end = endOfPower() {
        index = end
        output.append(UInt8(ascii: "^"))
      } else {
        emit(byte)
      }
    case UInt8(ascii: "<"):
      if let end = endOfTag() { index = end } else { emit(byte) }
    case UInt8(ascii: "$"):
      index += 1
      if isPrice { appendCurrency("dollar") }
    case Self.quote: index += 1
    case UInt8(ascii: "~"): emitSpace()
    case 0x80...: unicode()
    case _ where byte.isSpace: emitSpace()
    case 0..<0x20, 0x7F: index += 1
    default: emit(byte)
    }
  }

  private static func isEscaped(_ index: Int, _ source: ArraySlice<UInt8>) -> Bool {
    index > source.startIndex && source[index - 1] == UInt8(ascii: "\\")
  }

  // MARK: Output

  /// What money is of, as a unit.
  private mutating func appendCurrency(_ name: StaticString) {
    output.append(contentsOf: [Self.quote] + name.description.utf8 + [Self.quote])
  }

  private mutating func emit(_ byte: UInt8) {
    index += 1
    append([byte])
  }

  private mutating func emitSpace() {
    index += 1
    if output.last != 0x20 { output.append(0x20) }
  }

  /// Appends one token, in braces where a command waits for its argument.
  private mutating func append(_ token: [UInt8]) {
    guard levels[levels.count - 1].pendingArguments > 0 else {
      output.append(contentsOf: token)
      return
    }
    levels[levels.count - 1].pendingArguments -= 1
    output.append(UInt8(ascii: "{"))
    output.append(contentsOf: token)
    output.append(UInt8(ascii: "}"))
  }

  private mutating func appendCommand(_ name: StaticString, arguments: Int = 0) {
    let token =
      [UInt8(ascii: "\\")] + name.description.utf8
    appendCommand(token, arguments: arguments)
  }

  private mutating func appendCommand(_ token: [UInt8], arguments: Int) {
    if arguments > 0 {
      output.append(contentsOf: token + [Self.commandEnd])
      levels[levels.count - 1].pendingArguments = arguments
    } else {
      append(token + [Self.commandEnd])
    }
  }

  private mutating func open(isText: Bool) {
    if levels[levels.count - 1].pendingArguments > 0 { levels[levels.count - 1].pendingArguments -= 1 }
    levels.append(Level(isText: isText))
    if !isText {
      output.append(UInt8(ascii: "{"))
    } else {
      textDepth += 1
      if textDepth == 1 { output.append(Self.quote) }
    }
  }

  private mutating func close() {
    guard levels.count > 1, let level = levels.popLast() else {
      output.append(UInt8(ascii: "}"))
      return
    }
    if !level.isText {
      output.append(UInt8(ascii: "}"))
      if level.isAngle { appendCommand("degree") }
    } else {
      textDepth -= 1
      if textDepth == 0 { output.append(Self.quote) }
    }
  }

  // MARK: Lookahead

  private func skippingSpaces(_ start: Int) -> Int {
    var i = start
    while i < source.endIndex, source[i].isSpace { i += 1 }
    return i
  }

  /// Where `{,}` at the index ends, which LaTeX needs for a thousands separator without a space.
  private func endOfBracedComma() -> Int? {
    var i = skippingSpaces(index + 1)
    guard i < source.endIndex, source[i] == UInt8(ascii: ",") else { return nil }
    i = skippingSpaces(i + 1)
    guard i < source.endIndex, source[i] == UInt8(ascii: "}") else { return nil }
    return skippingSpaces(i + 1)
  }

  /// Where `^\circ` or `^{\circ}` at the index ends.
  private func endOfDegree() -> Int? {
    var i = skippingSpaces(index + 1)
    let braced = i < source.endIndex && source[i] == UInt8(ascii: "{")
    if braced { i = skippingSpaces(i + 1) }
    guard source.hasText("\\circ", at: i) else { return nil }
    i += 5
    guard i == source.endIndex || !source[i].isLetter else { return nil }
    guard braced else { return i }
    i = skippingSpaces(i)
    guard i < source.endIndex, source[i] == UInt8(ascii: "}") else { return nil }
    return i + 1
  }

  /// Where `^{th}` or `^{\text{th}}` at the index ends, behind a number.
  private func endOfOrdinal() -> Int? {
    guard output.last?.isDigit == true else { return nil }
    let rest = source[(index + 1)...].prefix(20)
    for name in [
      "{th}", "{\\text{th}}", "{\\mathrm{th}}", "{st}", "{nd}", "{rd}", "{\\text{st}}", "{\\text{nd}}",
      "{\\text{rd}}",
    ]
    where rest.starts(with: name.utf8) {
      return index + 1 + name.utf8.count
    }
    return nil
  }

  /// Where `**` between two operands ends.
  private func endOfPower() -> Int? {
    guard source.hasText("**", at: index), index + 2 < source.endIndex, let before = output.last else {
      return nil
    }
    let after = source[index + 2]
    let isOperand = { (byte: UInt8) in byte.isDigit || byte.isLetter }
    return (isOperand(before) || before == UInt8(ascii: ")"))
      && (isOperand(after) || "(-".utf8.contains(after)) ? index + 2 : nil
  }

  /// Where a tag of HTML ends, such as `<b>`.
  private func endOfTag() -> Int? {
    for tag in [
      "<b>", "</b>", "<i>", "</i>", "<em>", "</em>", "<strong>", "</strong>", "<br>", "<p>", "</p>",
    ]
    where source[index...].prefix(9).starts(with: tag.utf8) {
      return index + tag.utf8.count
    }
    return nil
  }

  // MARK: Commands

  private mutating func command() {
    var end = index + 1
    while end < source.endIndex, source[end].isLetter { end += 1 }
    // A doubled backslash before a command is JSON seen raw, where no rows can end.
    if !hasRows, source.hasText("\\\\", at: index), index + 2 < source.endIndex, source[index + 2].isLetter {
      index += 1
      return
    }
    if end == index + 1, end < source.endIndex, source[end] < 0x80 { end += 1 }
    let token = source[index..<end]
    index = end
    guard token.count > 1 else { return }
    // More bytes than any command that means something here: nothing to look up.
    guard token.count <= 16 else { return appendCommand(Array(token), arguments: 0) }
    let name = String(decoding: token.dropFirst(), as: UTF8.self)
    if !layout(name), !wrapper(name), !symbol(name) { appendCommand(Array(token), arguments: 0) }
  }

  /// Commands that only place or size things.
  private mutating func layout(_ name: String) -> Bool {
    switch name {
    case "!", ",", "thinspace": index = skippingSpaces(index)
    case "$": appendCurrency("dollar")
    case ";", ":", ">", "(", ")", "[", "]", "displaystyle", "textstyle", "limits", "rm", "bf", "it",
      "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "hat", "vec", "widehat":
      break
    case "degree": appendCommand("degree")
    case "textcolor", "color":
      // The name of the color.
      let brace = skippingSpaces(index)
      if brace < source.endIndex, source[brace] == UInt8(ascii: "{"),
        let end = source[brace...].firstIndex(of: UInt8(ascii: "}"))
      {
        index = end + 1
      }
    case "left", "right", "mleft", "mright":
      index = skippingSpaces(index)
      if index < source.endIndex, source[index] == UInt8(ascii: ".") { index += 1 }
    case " ", "quad", "qquad":
      index -= 1
      emitSpace()
    default: return false
    }
    return true
  }

  /// Commands whose argument is what counts.
  private mutating func wrapper(_ name: String) -> Bool {
    switch name {
    case "text", "textbf", "textit", "textrm", "textsf", "texttt", "textnormal", "mbox", "hbox", "emph",
      "mathrm", "mathbf", "mathit", "mathsf", "operatorname", "bm", "boldsymbol":
      let brace = skippingSpaces(index)
      guard brace < source.endIndex, source[brace] == UInt8(ascii: "{") else { return true }
      index = brace + 1
      // Signs and digits are no text: \text{-}3.
      let inside = source[index...].prefix { $0 != UInt8(ascii: "}") }
      if !inside.isEmpty, inside.allSatisfy({ $0.isDigit || "+-.,/".utf8.contains($0) }) {
        for byte in inside { append([byte]) }
        index = inside.endIndex + 1
      } else {
        open(isText: true)
      }
    case "ang":
      let brace = skippingSpaces(index)
      guard brace < source.endIndex, source[brace] == UInt8(ascii: "{") else { return true }
      index = brace + 1
      open(isText: false)
      levels[levels.count - 1].isAngle = true
    case "boxed", "fbox": break
    case "frac", "dfrac", "tfrac", "cfrac": appendCommand("frac", arguments: 2)
    case "dot", "bar", "overline":
      appendCommand(name == "overline" ? "overline" : name == "dot" ? "dot" : "bar", arguments: 1)
    case "sqrt":
      let next = skippingSpaces(index)
      let hasIndex = next < source.endIndex && source[next] == UInt8(ascii: "[")
      let hasBrackets = next < source.endIndex && source[next] == UInt8(ascii: "(")
      if hasIndex || hasBrackets { appendCommand("sqrt") } else { appendCommand("sqrt", arguments: 1) }
    default: return false
    }
    return true
  }

  /// Commands with a shorter or commoner name.
  private mutating func symbol(_ name: String) -> Bool {
    switch name {
    case "%", "#", "&", "_": append(Array(name.utf8))
    case "{", "lbrace": output.append(Self.setOpen)
    case "}", "rbrace": output.append(Self.setClose)
    case "cdot", "times", "ast": append([UInt8(ascii: "*")])
    case "div": append([UInt8(ascii: "/")])
    case "le", "leq", "leqslant": append(Array("<=".utf8))
    case "ge", "geq", "geqslant": append(Array(">=".utf8))
    case "lt": append([UInt8(ascii: "<")])
    case "gt": append([UInt8(ascii: ">")])
    case "ne", "neq": append(Array("!=".utf8))
    case "lvert", "rvert", "vert", "mid": append([UInt8(ascii: "|")])
    case "dots", "cdots", "dotsc": appendCommand("ldots")
    case "varnothing": appendCommand("emptyset")
    case "langle": output.append(UInt8(ascii: "("))
    case "rangle": output.append(UInt8(ascii: ")"))
    default: return false
    }
    return true
  }

  // MARK: Other scripts

  private mutating func unicode() {
    if raised(Self.superscripts, UInt8(ascii: "^")) || raised(Self.subscripts, UInt8(ascii: "_")) { return }
    let two = source.dropFirst(index - source.startIndex).prefix(2)
    if two.count == 2, twoByteSign(UInt16(two[index]) << 8 | UInt16(two[index + 1])) {
      index += 2
      return
    }
    let three = source.dropFirst(index - source.startIndex).prefix(3)
    // Full-width digits.
    if three.count == 3, three[index] == 0xEF, three[index + 1] == 0xBC,
      (0x90...0x99).contains(three[index + 2])
    {
      append([three[index + 2] - 0x60])
      index += 3
      return
    }
    if three.count == 3, let sign = Self.separators[Array(three)] {
      output.append(contentsOf: sign.utf8)
      index += 3
      return
    }
    if three.count == 3, three[index] == 0xE2,
      threeByteSign(UInt16(three[index + 1]) << 8 | UInt16(three[index + 2]))
    {
      index += 3
      return
    }
    output.append(source[index])
    index += 1
  }

  /// Digits above or below the line, as many as there are.
  private mutating func raised(_ table: [[UInt8]: UInt8], _ mark: UInt8) -> Bool {
    var found: [UInt8] = []
    while index < source.endIndex {
      let rest = source[index...]
      guard let width = [2, 3].first(where: { table[Array(rest.prefix($0))] != nil }),
        let byte = table[Array(rest.prefix(width))]
      else { break }
      found.append(byte)
      index += width
    }
    guard !found.isEmpty else { return false }
    output.append(contentsOf: [mark, UInt8(ascii: "{")] + found + [UInt8(ascii: "}")])
    return true
  }

  private static func table(_ signs: String, _ meant: String) -> [[UInt8]: UInt8] {
    Dictionary(uniqueKeysWithValues: zip(signs.unicodeScalars.map { Array(String($0).utf8) }, meant.utf8))
  }

  /// Between the members of a list.
  private static let separators: [[UInt8]: String] = [
    Array("或".utf8): " or ", Array("和".utf8): ", ", Array("与".utf8): ", ", Array("、".utf8): ", ",
    Array("，".utf8): ", ", Array("（".utf8): "(", Array("）".utf8): ")", Array("＝".utf8): "=",
  ]
  private static let superscripts = table("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n")
  private static let subscripts = table("₀₁₂₃₄₅₆₇₈₉₋₊ₙ", "0123456789-+n")

  private mutating func twoByteSign(_ code: UInt16) -> Bool {
    switch code {
    case 0xC2A3: appendCurrency("sterling")
    case 0xC2A5: appendCurrency("yen")
    case 0xC2B0: appendCommand("degree")
    case 0xC2BC: output.append(contentsOf: "\\frac\u{1}{1}{4}".utf8)
    case 0xC2BD: output.append(contentsOf: "\\frac\u{1}{1}{2}".utf8)
    case 0xC2BE: output.append(contentsOf: "\\frac\u{1}{3}{4}".utf8)
    case 0xC2A0: if output.last != 0x20 { output.append(0x20) }
    case 0xC2B1: appendCommand("pm")
    case 0xC397, 0xC2B7: append([UInt8(ascii: "*")])
    case 0xC3B7: append([UInt8(ascii: "/")])
    case 0xCF80: appendCommand("pi")
    case 0xCEB1: appendCommand("alpha")
    case 0xCEB2: appendCommand("beta")
    case 0xCEB3: appendCommand("gamma")
    case 0xCEB8: appendCommand("theta")
    case 0xCEBB: appendCommand("lambda")
    case 0xCEBC: appendCommand("mu")
    case 0xCF83: appendCommand("sigma")
    case 0xCF86: appendCommand("phi")
    case 0xCF89: appendCommand("omega")
    default: return false
    }
    return true
  }

  /// `code`: the two bytes after E2.
  private mutating func threeByteSign(_ code: UInt16) -> Bool {
    switch code {
    case 0x809C, 0x809D, 0x809E: break  // quotation marks
    case 0x80B2: append([UInt8(ascii: "'")])
    case 0x82AC: appendCurrency("euro")
    case 0x82B9: appendCurrency("rupee")
    case 0x849D: output.append(contentsOf: "\\mathbb\u{1}{R}".utf8)
    case 0x84A4: output.append(contentsOf: "\\mathbb\u{1}{Z}".utf8)
    case 0x8888: appendCommand("in")
    case 0x8896: appendCommand("setminus")
    case 0x8089, 0x80AF: if output.last != 0x20 { output.append(0x20) }
    case 0x8892, 0x8093: append([UInt8(ascii: "-")])  // minus, en dash
    case 0x80A6: appendCommand("ldots")
    case 0x8593: output.append(contentsOf: "\\frac\u{1}{1}{3}".utf8)
    case 0x8594: output.append(contentsOf: "\\frac\u{1}{2}{3}".utf8)
    case 0x8885: appendCommand("emptyset")
    case 0x889A: appendCommand("sqrt", arguments: 1)
    case 0x889E: appendCommand("infty")
    case 0x88AA: appendCommand("cup")
    case 0x8988: appendCommand("approx")
    case 0x89A0: append(Array("!=".utf8))
    case 0x89A1: appendCommand("equiv")
    case 0x89A4: append(Array("<=".utf8))
    case 0x89A5: append(Array(">=".utf8))
    default: return false
    }
    return true
  }
}
