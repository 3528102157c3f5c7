internal import AnswerText

/// What may stand behind a number or formula without being part of it: `cm^2`, `dollars per day`, `"square units"`; and the words
/// that change it: `percent`, `million`, `dozen`, `thirds`.
///
/// A single letter counts as a unit only inside `\text{…}`; `5 x` is a product.
struct UnitReader {
  let text: ArraySlice<UInt8>
  private(set) var isPercent = false
  /// What a word of scale multiplies the number with.
  private(set) var scale: Expression?
  private(set) var unit = Unit()

  /// The word that was read last, to which a power belongs.
  private var last: String?
  private var sign = 1
  /// Behind "square" or "cubic".
  private var nextPower = 1
  private var index: Int
  private var words = 0
  /// The word that is glued to the number.
  private var ordinal: ArraySlice<UInt8> = []
  /// Whether a letter was taken for a unit that may be a variable.
  private(set) var hasLetters = false

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
      if text.hasText("\\degree\u{1}", at: index) {
        finish()
        unit.add("degree", power: 1)
        words += 1
        index += 8
      } else if byte == MathSurface.quote {
        isQuoted.toggle()
        index += 1
      } else if byte.isLetter || byte >= 0x80 {
        guard word(isQuoted: isQuoted) else { return false }
      } else if byte == UInt8(ascii: "^") {
        guard words > 0, let power = power() else { return false }
        finish(power: power)
      } else if byte.isSpace || (isQuoted && !byte.isDigit) || (words > 0 && Self.joins(byte)) {
        if byte == UInt8(ascii: "/") {
          finish()
          sign = -1
        }
        index += 1
      } else {
        return false
      }
    }
    finish()
    return true
  }

  /// Adds a unit that is written before the number.
  mutating func add(_ name: String) { unit.add(name, power: 1) }

  /// Adds the last word to the unit.
  private mutating func finish(power: Int = 1) {
    guard let word = last else { return }
    last = nil
    switch word {
    case "per": sign = -1
    case "square", "sq": nextPower = 2
    case "cubic", "cu": nextPower = 3
    // Inches at the end, or with a power; elsewhere a preposition.
    case "in" where words == 1 && (index == text.endIndex || power != 1):
      unit.add("inch", power: sign * power)
    default:
      unit.add(word, power: sign * power * nextPower)
      nextPower = 1
    }
  }

  private static func joins(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "'")
  }

  private mutating func power() -> Int? {
    index += 1
    let braced = index < text.endIndex && text[index] == UInt8(ascii: "{")
    if braced { index += 1 }
    let isNegative = index < text.endIndex && text[index] == UInt8(ascii: "-")
    if isNegative { index += 1 }
    guard index < text.endIndex, text[index].isDigit else { return nil }
    let size = Int(text[index] - 0x30)
    index += 1
    if braced {
      guard index < text.endIndex, text[index] == UInt8(ascii: "}") else { return nil }
      index += 1
    }
    return isNegative ? -size : size
  }

  private mutating func word(isQuoted: Bool) -> Bool {
    for (text, name) in [("p.m", "pm"), ("a.m", "am")] as [(StaticString, String)]
    where self.text.hasFoldedText(text, at: index) {
      finish()
      (last, index, words) = (name, index + 3, words + 1)
      return true
    }
    let start = index
    while index < text.endIndex, text[index].isLetter || text[index] >= 0x80 { index += 1 }
    let isApart = start > text.startIndex && !text[start - 1].isDigit
    let word = text[start..<index]
    words += 1
    if words == 1, !isApart { ordinal = word }
    guard words <= Self.mostWords, word.count <= Self.longestWord else { return false }
    let name = String(decoding: word, as: UTF8.self)
    if words == 1 {
      if name == "percent" || name == "pct" {
        isPercent = true
        return true
      }
      if let scale = Self.scales[name] {
        self.scale = scale
        return true
      }
    }
    finish()
    last = name
    // The 16th prime is not 16.
    if words > 1, ["th", "st", "nd", "rd"].contains(String(decoding: ordinal, as: UTF8.self)) {
      return false
    }
    if isQuoted, name == "times" { return true }
    if isQuoted { return !Self.joining.contains(name) && !(words == 1 && (name == "i" || name == "e")) }
    if Self.letters.contains(name), isApart, words == 1 || sign < 0 {
      hasLetters = true
      return true
    }
    if Self.short.contains(name) { return true }
    // A word of another script needs no space before it; a Greek letter (lead bytes CE, CF) is a variable.
    if word[start] >= 0x80 { return word[start] != 0xCE && word[start] != 0xCF }
    // `15m^2`: what stands glued to a number and has a power.
    if !isApart, index < text.endIndex, text[index] == UInt8(ascii: "^"), Unit.isKnown(name) { return true }
    if !isApart, words == 1, word.count >= 3, Unit.isKnown(name) { return true }
    return isApart && word.count >= 3 && word[start] == word[start].lowercased && !Self.joining.contains(name)
  }

  private static let scales: [String: Expression] = {
    func part(_ lower: Int) -> Expression { .quotient(.integer(1), .integer(lower)) }
    return [
      "hundred": .integer(100), "thousand": .integer(1_000), "million": .integer(1_000_000),
      "billion": .integer(1_000_000_000),
      "trillion": .integer(1_000_000_000_000), "dozen": .integer(12), "half": part(2), "halves": part(2),
      "third": part(3),
      "thirds": part(3), "quarter": part(4), "quarters": part(4), "fourths": part(4), "fifths": part(5),
      "sixths": part(6),
      "sevenths": part(7), "eighths": part(8), "ninths": part(9), "tenths": part(10), "hundredths": part(100),
    ]
  }()

  /// Units of one letter; without quotation marks they stand apart from the number.
  private static let letters: Set<String> = ["m", "g", "s", "h", "L", "l", "N", "J", "W", "V", "A", "K"]

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
    "and", "or", "not", "but", "for", "from", "with", "at", "by", "to", "after", "before", "when", "because",
    "if", "as", "than", "then",
    "so", "is", "are", "was", "were", "has", "have", "plus", "minus", "times", "sin", "cos", "tan", "cot",
    "sec", "csc", "log",
    "exp",
    "sqrt", "mod", "div", "factorial", "squared", "cubed", "less", "more", "fewer", "greater", "modulo",
  ]
}
