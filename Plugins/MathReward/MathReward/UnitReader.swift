/// What may stand behind a number without changing it: `cm^2`, `dollars per day`, `"square units"`, and the words
/// that do change it: `percent`, `million`.
///
/// Units themselves are not compared: graders of these data sets never do, and a reference seldom has one. A single
/// letter counts as a unit only inside `\text{…}`; `5 x` is a product.
struct UnitReader {
  let text: ArraySlice<UInt8>
  private(set) var isPercent = false
  /// Power of ten of a word of scale.
  private(set) var scale: Int?

  private var index: Int
  private var words = 0

  /// `start`: where the number before it ends.
  init(text: ArraySlice<UInt8>, from start: Int) {
    self.text = text
    index = start
  }

  /// Whether all of the text is unit.
  mutating func readToEnd() -> Bool {
    var isQuoted = false
    while index < text.endIndex {
      let byte = text[index]
      if byte == MathSurface.quote {
        isQuoted.toggle()
        index += 1
      } else if byte.isLetter || byte >= 0x80 {
        guard word(isQuoted: isQuoted) else { return false }
      } else if byte == UInt8(ascii: "^") {
        guard words > 0, power() else { return false }
      } else if byte.isSpace || (isQuoted && !byte.isDigit) || (words > 0 && Self.joins(byte)) {
        index += 1
      } else {
        return false
      }
    }
    return true
  }

  private static func joins(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "'")
  }

  private mutating func power() -> Bool {
    index += 1
    let braced = index < text.endIndex && text[index] == UInt8(ascii: "{")
    if braced { index += 1 }
    if index < text.endIndex, text[index] == UInt8(ascii: "-") { index += 1 }
    guard index < text.endIndex, text[index].isDigit else { return false }
    index += 1
    guard braced else { return true }
    guard index < text.endIndex, text[index] == UInt8(ascii: "}") else { return false }
    index += 1
    return true
  }

  private mutating func word(isQuoted: Bool) -> Bool {
    let start = index
    while index < text.endIndex, text[index].isLetter || text[index] >= 0x80 { index += 1 }
    let isApart = start > text.startIndex && !text[start - 1].isDigit
    let word = text[start..<index]
    words += 1
    guard words <= Self.mostWords, word.count <= Self.longestWord else { return false }
    let name = String(decoding: word, as: UTF8.self)
    if words == 1 {
      switch name {
      case "percent", "pct":
        isPercent = true
        return true
      case "thousand": scale = 3
      case "million": scale = 6
      case "billion": scale = 9
      case "trillion": scale = 12
      default: break
      }
    }
    if isQuoted { return !Self.joining.contains(name) }
    if Self.short.contains(name) { return true }
    // A word of another script needs no space before it; a Greek letter (lead bytes CE, CF) is a variable.
    if word[start] >= 0x80 { return word[start] != 0xCE && word[start] != 0xCF }
    return isApart && word.count >= 3 && word[start] == word[start].lowercased && !Self.joining.contains(name)
  }

  private static let mostWords = 6
  private static let longestWord = 32

  /// Units of two letters, and abbreviations that begin with a capital.
  private static let short: Set<String> = [
    "cm", "mm", "km", "dm", "nm", "kg", "mg", "lb", "lbs", "oz", "ft", "yd", "mi", "ml", "mL", "hr", "hrs",
    "min",
    "sec", "ms", "am", "pm", "mph", "kph", "Hz", "kHz", "MHz", "kW", "MW", "kJ", "Pa", "kPa", "rad", "deg",
    "USD",
    "EUR", "GBP", "per", "of", "in", "sq", "cu",
  ]

  /// Words that join two answers or make a formula of the text: no units.
  private static let joining: Set<String> = [
    "and", "or", "not", "but", "plus", "minus", "times", "sin", "cos", "tan", "cot", "sec", "csc", "log",
    "exp",
    "sqrt", "mod", "div", "factorial",
  ]
}
