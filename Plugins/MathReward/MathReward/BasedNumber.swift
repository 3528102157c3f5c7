internal import AnswerText

/// A number that is written in another base: `1101_2`, `2A_{16}`, `3241_{\text{five}}`.
struct BasedNumber: Equatable, Sendable {
  /// Lowercased, without leading zeros.
  let digits: [UInt8]
  let base: Int

  /// `surface`: a part of a `MathSurface`.
  init?(surface: ArraySlice<UInt8>) {
    guard surface.count <= 200, let mark = surface.lastIndex(of: UInt8(ascii: "_")) else { return nil }
    let isKept: (UInt8) -> Bool = {
      !$0.isSpace && !"{}\"()".utf8.contains($0) && $0 != MathSurface.commandEnd
    }
    let index = surface[(mark + 1)...].filter(isKept)
    guard let base = Self.base(index[...]) else { return nil }
    let digits = surface[..<mark].filter(isKept).map(\.lowercased)
    guard digits.contains(where: \.isDigit) || base > 10, !digits.isEmpty,
      digits.allSatisfy({ Self.value($0).map { $0 < base } ?? false })
    else { return nil }
    let significant = Array(digits.drop { $0 == 0x30 })
    self.digits = significant.isEmpty ? [0x30] : significant
    self.base = base
  }

  private static func base(_ index: ArraySlice<UInt8>) -> Int? {
    let text = String(decoding: index, as: UTF8.self).lowercased()
    let number = Int(text) ?? words.firstIndex(of: text).map { $0 + 2 }
    return number.flatMap { (2...36).contains($0) ? $0 : nil }
  }

  private static let words = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen",
    "fifteen", "sixteen",
  ]

  private static func value(_ digit: UInt8) -> Int? {
    if digit.isDigit { return Int(digit - 0x30) }
    return digit.isLetter ? Int(digit - 0x61) + 10 : nil
  }
}
