internal import AnswerText

/// Numbers in words: `twelve`, `twenty-five`, `one half`, `three hundred`.
enum NumberWords {
  /// The number that a text consists of; nil if there is another word in it.
  static func value(_ text: ArraySlice<UInt8>) -> Expression? {
    guard text.count <= 60, text.first?.isLetter == true,
      text.allSatisfy({ $0.isLetter || $0.isSpace || $0 == UInt8(ascii: "-") })
    else {
      return nil
    }
    let words = text.split { !$0.isLetter }.map { String(decoding: $0.map(\.lowercased), as: UTF8.self) }
    guard !words.isEmpty else { return nil }
    if words == ["infinity"] || words == ["positive", "infinity"] { return .infinity }
    if words == ["negative", "infinity"] || words == ["minus", "infinity"] { return .negative(.infinity) }
    if let sum = mixed(words) { return sum }
    var total = 0
    var current = 0
    for (index, word) in words.enumerated() {
      if let part = parts[word], index == words.count - 1, index > 0 {
        return .quotient(.integer(total + current), .integer(part))
      }
      if let number = numbers[word] {
        current += number
      } else if word == "hundred", current > 0 {
        current *= 100
      } else if let scale = scales[word], current > 0 {
        total += current * scale
        current = 0
      } else if word != "and" || index == 0 {
        return nil
      }
    }
    return .integer(total + current)
  }

  /// Whether one of the words is a number.
  static func occur(in text: ArraySlice<UInt8>) -> Bool {
    text.prefix(2_000).split { !$0.isLetter }.contains { word in
      word.count >= 3 && numbers[String(decoding: word.map(\.lowercased), as: UTF8.self)] != nil
    }
  }

  /// `three and a half`, `one and three quarters`.
  private static func mixed(_ words: [String]) -> Expression? {
    guard words.count >= 4, let part = words.last.flatMap({ parts[$0] }) else { return nil }
    let count = words[words.count - 2]
    guard let upper = ["a": 1, "an": 1][count] ?? numbers[count], words[words.count - 3] == "and",
      let whole = value(Array(words.dropLast(3).joined(separator: " ").utf8)[...])
    else { return nil }
    return .sum([whole, .quotient(.integer(upper), .integer(part))])
  }

  private static let numbers: [String: Int] = {
    let ones = [
      "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
      "twelve", "thirteen", "fourteen",
      "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ]
    let tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    var table = Dictionary(uniqueKeysWithValues: zip(ones, 0...))
    for (index, word) in tens.enumerated() { table[word] = 20 + 10 * index }
    return table
  }()
  private static let scales = ["thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000]
  private static let parts = [
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4, "fourths": 4,
    "fifth": 5, "fifths": 5,
    "sixth": 6, "sixths": 6, "eighth": 8, "eighths": 8, "tenth": 10, "tenths": 10,
  ]
}
