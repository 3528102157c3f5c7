/// Markup in which interpolated text is always escaped, so that hostile strings cannot get through.
///
/// In `"<td>\(name)</td>"` the literal parts are markup, a `String` is escaped, and an `HTML` is inserted
/// unchanged.
struct HTML: ExpressibleByStringInterpolation, Sendable {
  private(set) var markup: String

  static let empty = HTML(markup: "")

  init(stringLiteral literal: String) { markup = literal }

  init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }

  private init(markup: String) { self.markup = markup }

  static func += (left: inout HTML, right: HTML) { left.markup += right.markup }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var markup = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      markup.reserveCapacity(literalCapacity + 8 * interpolationCount)
    }

    mutating func appendLiteral(_ literal: String) { markup += literal }

    mutating func appendInterpolation(_ text: String) { HTML.escape(text, into: &markup) }

    mutating func appendInterpolation(_ html: HTML) { markup += html.markup }

    mutating func appendInterpolation(_ parts: [HTML]) {
      for part in parts { markup += part.markup }
    }

    mutating func appendInterpolation(_ number: Int) { markup += String(number) }

    /// Inserts a length or coordinate of a drawing.
    mutating func appendInterpolation(px place: Double) { markup += NumberText.coordinate(place) }
  }

  /// Escapes scalars, not characters: `<` with a combining mark is one `Character`, but browsers still see
  /// `<`.
  private static func escape(_ text: String, into markup: inout String) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": markup += "&amp;"
      case "<": markup += "&lt;"
      case ">": markup += "&gt;"
      case "\"": markup += "&quot;"
      case "'": markup += "&#39;"
      case _ where isForbidden(scalar): markup.unicodeScalars.append("\u{FFFD}")
      default: markup.unicodeScalars.append(scalar)
      }
    }
  }

  /// Whether a scalar is a control or noncharacter, which HTML forbids, or a direction override, which can
  /// make text read as something else.
  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D: false
    case 0x00..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069, 0xFDD0...0xFDEF: true
    default: scalar.value & 0xFFFE == 0xFFFE
    }
  }
}
