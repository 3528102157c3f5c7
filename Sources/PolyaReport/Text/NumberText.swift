import Glibc

/// Formats numbers for readers: sensible digits, grouped thousands, a real minus sign, and never "nan".
enum NumberText {
  /// The text for a missing number.
  static let missing = "–"

  /// Formats a number with `digits` decimals; 1234.5 becomes "1,234.50" with two.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return missing }
    guard let plain = decimal(value.magnitude, digits) else { return scientific(value) }
    let parts = plain.split(separator: ".")
    let isZero = !plain.contains { $0 != "0" && $0 != "." }
    let whole = grouped(String(parts[0]))
    return (value < 0 && !isZero ? "−" : "") + (parts.count == 2 ? whole + "." + parts[1] : whole)
  }

  /// Formats a number with `digits` significant digits, in scientific notation only if zeros would hide them.
  static func significant(_ value: Double, _ digits: Int = 3) -> String {
    guard value.isFinite else { return missing }
    guard value != 0 else { return "0" }
    let exponent = Int(log10(value.magnitude).rounded(.down))
    guard (-4..<7).contains(exponent) else { return scientific(value) }
    return fixed(value, max(0, digits - 1 - exponent))
  }

  /// Formats a share in 0...1 as a percentage, without the percent sign.
  static func percent(_ share: Double, _ digits: Int = 1) -> String { fixed(100 * share, digits) }

  /// Adds a plus sign to a formatted difference that is not negative.
  static func signed(_ text: String) -> String {
    text.hasPrefix("−") || text == missing ? text : "+" + text
  }

  /// Formats an integer with grouped thousands.
  static func count(_ number: Int) -> String {
    (number < 0 ? "−" : "") + grouped(String(number.magnitude))
  }

  /// Formats a p-value with the customary number of digits.
  static func probability(_ value: Double) -> String {
    guard value.isFinite else { return missing }
    return value < 0.001 ? "< 0.001" : fixed(value, value < 0.1 ? 3 : 2)
  }

  /// Formats a wall time in seconds with its two largest units.
  static func duration(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite, seconds >= 0, seconds < 1e12 else { return missing }
    if seconds < 9.95 { return fixed(seconds, 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
    let minutes = (whole + 30) / 60
    return "\(count(minutes / 60)) h \(twoDigits(minutes % 60)) min"
  }

  /// Formats a wall time in seconds with its largest unit, for narrow places.
  static func roughDuration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 59.5 else { return duration(seconds) }
    return seconds < 3570 ? fixed(seconds / 60, 0) + " min" : fixed(seconds / 3600, 1) + " h"
  }

  /// Formats a coordinate of an SVG drawing to one decimal.
  static func coordinate(_ value: Double) -> String {
    guard value.isFinite, let plain = decimal(value.magnitude, 1) else { return "0" }
    let short = plain.hasSuffix(".0") ? String(plain.dropLast(2)) : plain
    return value < 0 && short != "0" ? "-" + short : short
  }

  /// Returns nil if the digits do not fit in an integer.
  private static func decimal(_ magnitude: Double, _ digits: Int) -> String? {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (magnitude * scale).rounded()
    guard scaled < 9e15 else { return nil }
    let number = String(Int(scaled))
    guard digits > 0 else { return number }
    let padded = String(repeating: "0", count: max(0, digits + 1 - number.count)) + number
    return padded.dropLast(digits) + "." + padded.suffix(digits)
  }

  private static func scientific(_ value: Double) -> String {
    var exponent = Int(log10(value.magnitude).rounded(.down))
    // In two steps, since 10^-320 itself is not a normal number.
    var mantissa = value.magnitude / pow(10, Double(exponent / 2)) / pow(10, Double(exponent - exponent / 2))
    if mantissa >= 9.95 {
      mantissa /= 10
      exponent += 1
    }
    return (value < 0 ? "−" : "") + fixed(mantissa, 1) + "e" + (exponent < 0 ? "−" : "")
      + String(exponent.magnitude)
  }

  private static func grouped(_ digits: String) -> String {
    guard digits.count > 3 else { return digits }
    var text = ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return text
  }

  private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
