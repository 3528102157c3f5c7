internal import AnswerText

/// A day, by the names that English has for it: `June 20`, `20th of June, 2015`, `2015-06-20`.
struct CalendarDate: Equatable, Sendable {
  let day: Int
  let month: Int
  let year: Int?

  /// The same day; a year that only one of them states is not compared.
  func isSame(as other: CalendarDate) -> Bool {
    day == other.day && month == other.month && (year == other.year || year == nil || other.year == nil)
  }

  /// `surface`: a part of a `MathSurface`.
  init?(surface: ArraySlice<UInt8>) {
    guard surface.count <= 60, Self.mayBeDate(surface) else { return nil }
    let text = surface.map { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "-") ? $0.lowercased : 0x20 }
    if let iso = Self.iso(text) {
      (year, month, day) = iso
    } else {
      guard let found = Self.named(text) else { return nil }
      (year, month, day) = found
    }
    guard (1...31).contains(day), (1...12).contains(month) else { return nil }
  }

  /// Whether a month begins somewhere, or there are two hyphens.
  private static func mayBeDate(_ text: ArraySlice<UInt8>) -> Bool {
    var hyphens = 0
    for index in text.indices {
      if text[index] == UInt8(ascii: "-") { hyphens += 1 }
      guard "jfmasond".utf8.contains(text[index].lowercased),
        index == text.startIndex || !text[index - 1].isLetter
      else { continue }
      if beginnings.contains(where: { text.hasFoldedText($0, at: index) }) { return true }
    }
    return hyphens >= 2
  }

  private static let beginnings: [StaticString] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]

  private static func iso(_ text: [UInt8]) -> (Int?, Int, Int)? {
    let parts = text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
    else { return nil }
    return (year, month, day)
  }

  /// One month, one day, and perhaps one year; no other words but the day of the week.
  private static func named(_ text: [UInt8]) -> (Int?, Int, Int)? {
    var month: Int?
    var numbers: [Int] = []
    for part in text.split(whereSeparator: { $0 == 0x20 || $0 == UInt8(ascii: "-") }) {
      let word = String(decoding: part, as: UTF8.self)
      if let place = months.firstIndex(where: { $0 == word || word.count == 3 && $0.hasPrefix(word) }) {
        guard month == nil else { return nil }
        month = place + 1
      } else if let number = Int(word.prefix { $0.isNumber }), number > 0 {
        guard ["", "st", "nd", "rd", "th"].contains(String(word.drop { $0.isNumber })) else { return nil }
        numbers.append(number)
      } else if !others.contains(word) {
        return nil
      }
    }
    guard let month, let day = numbers.first(where: { $0 <= 31 }), numbers.count <= 2 else { return nil }
    let year = numbers.first { $0 > 31 }
    guard numbers.count == (year == nil ? 1 : 2) else { return nil }
    return (year, month, day)
  }

  private static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november",
    "december",
  ]
  /// Whether a word is a month's whole name.
  static func isMonth(_ word: ArraySlice<UInt8>) -> Bool {
    months.contains(String(decoding: word.map(\.lowercased), as: UTF8.self))
      && word.first?.lowercased != word.first
  }

  private static let others: Set<String> = [
    "of", "the", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
  ]
}
