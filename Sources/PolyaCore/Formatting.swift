internal import Glibc

extension Double {
  /// Formats the number with a fixed number of decimal places, independent of the locale.
  package func formatted(_ digits: Int) -> String {
    guard isFinite else { return isNaN ? "not a number" : self < 0 ? "-infinity" : "infinity" }
    var buffer = [CChar](repeating: 0, count: 400)
    let count = withVaList([Int32(digits), self]) { vsnprintf(&buffer, buffer.count, "%.*f", $0) }
    return String(decoding: buffer.prefix(Int(max(count, 0))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
