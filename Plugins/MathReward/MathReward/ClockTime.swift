internal import AnswerText

/// A time of the day: `3:45 PM`, `15:45`, `6 o'clock`.
struct ClockTime: Equatable, Sendable {
  /// Since midnight.
  let minutes: Int
  /// Whether it is written as two numbers alone, which may be a ratio.
  let isBare: Bool

  func isSame(as other: ClockTime) -> Bool { minutes == other.minutes }

  /// `surface`: a part of a `MathSurface`.
  init?(surface: ArraySlice<UInt8>) {
    guard surface.count <= 30, surface.first?.isDigit == true else { return nil }
    let hour = surface.prefix { $0.isDigit }
    var rest = surface[hour.endIndex...]
    var minute = 0
    var hasMinute = false
    if rest.first == UInt8(ascii: ":") {
      let digits = rest.dropFirst().prefix { $0.isDigit }
      guard digits.count == 2, let value = Int(String(decoding: digits, as: UTF8.self)), value < 60 else {
        return nil
      }
      (minute, hasMinute) = (value, true)
      rest = rest[digits.endIndex...]
    }
    let word = String(decoding: rest.filter { $0.isLetter || $0.isDigit }.map(\.lowercased), as: UTF8.self)
    guard hour.count <= 2, var value = Int(String(decoding: hour, as: UTF8.self)) else { return nil }
    switch word {
    case "am", "pm":
      guard (1...12).contains(value) else { return nil }
      value = value % 12 + (word == "pm" ? 12 : 0)
    case "oclock": break
    case "", "hours":
      guard hasMinute else { return nil }
    default: return nil
    }
    guard value < 24 else { return nil }
    minutes = value * 60 + minute
    isBare = word.isEmpty
  }
}
