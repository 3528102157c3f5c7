internal import PolyaCore

/// Escapes text from files and plugins so that people can view it safely. Terminals obey control characters,
/// and direction marks can make a line read as something else.
enum Shown {
  /// The maximum length of a message, in characters.
  static let longest = 2000

  /// Returns text as one line; line breaks and characters that change the display are escaped, as in \u{1B}.
  static func line(_ text: some StringProtocol) -> String { escaped(text) { _ in true } }

  /// Returns text as several lines, in which tabs are kept.
  static func lines(_ text: some StringProtocol) -> String { escaped(text) { $0 != "\n" && $0 != "\t" } }

  /// Returns text as one line of at most ``longest`` characters. The middle is left out, so that the place
  /// and the hint of an error remain.
  static func message(_ text: String) -> String {
    let (head, tail, left) = ends(of: text, longest)
    guard left > 0 else { return head + tail }
    return "\(head)… (\(left.grouped) more bytes) … \(tail)"
  }

  /// Returns text shortened in the same way but not escaped, for JSON.
  static func cut(_ text: String) -> String {
    let (head, tail, left) = ends(of: text, longest) { String($0) }
    guard left > 0 else { return text }
    return "\(head)… (\(left.grouped) more bytes) … \(tail)"
  }

  /// Escapes the characters of a JSON text that terminals should not receive.
  static func json(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isHidden) else { return text }
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      guard isHidden(scalar), scalar != "\n" else {
        shown.append(scalar)
        continue
      }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        shown += "\\u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)".unicodeScalars
      }
    }
    return String(shown)
  }

  private static func escaped(_ text: some StringProtocol, where counts: (Unicode.Scalar) -> Bool) -> String {
    guard text.unicodeScalars.contains(where: { isHidden($0) && counts($0) }) else { return String(text) }
    return text.unicodeScalars.map { counts($0) ? spelled($0) : String($0) }.joined()
  }

  /// Returns the beginning and the end of a text, of no more than `limit` characters when shown, and the
  /// number of bytes left out between them.
  private static func ends(
    of text: String, _ limit: Int, _ show: (Unicode.Scalar) -> String = spelled
  ) -> (head: String, tail: String, left: Int) {
    let scalars = text.unicodeScalars
    var (head, count) = ("", 0)
    var front = scalars.startIndex
    // A text that fits is shown whole.
    while front < scalars.endIndex, count <= limit {
      let piece = show(scalars[front])
      count += piece.unicodeScalars.count
      head += piece
      front = scalars.index(after: front)
    }
    guard count > limit else { return (head, "", 0) }
    (head, count, front) = ("", 0, scalars.startIndex)
    while front < scalars.endIndex {
      let piece = show(scalars[front])
      count += piece.unicodeScalars.count
      guard count <= limit / 2 else { break }
      head += piece
      front = scalars.index(after: front)
    }
    var (tail, back) = ([String](), scalars.endIndex)
    count = 0
    while back > front {
      let before = scalars.index(before: back)
      let piece = show(scalars[before])
      count += piece.unicodeScalars.count
      guard count <= limit / 2 - 40 else { break }
      tail.append(piece)
      back = before
    }
    return (head, tail.reversed().joined(), text.utf8.distance(from: front, to: back))
  }

  private static func spelled(_ scalar: Unicode.Scalar) -> String {
    guard isHidden(scalar) else { return String(scalar) }
    switch scalar {
    case "\n": return "\\n"
    case "\t": return "\\t"
    case "\r": return "\\r"
    default: return "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }
  }

  /// Whether a character is a control (C0, DEL, C1), a line or paragraph separator, a direction mark, or an
  /// invisible tag.
  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20...0x7E: false
    case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF,
      0xFFF9...0xFFFB, 0xE0000...0xE007F:
      true
    default: false
    }
  }
}

extension Int {
  /// The number with thousands separators, such as "1,234".
  var grouped: String {
    var text = ""
    for (place, digit) in String(magnitude).reversed().enumerated() {
      if place > 0, place % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (self < 0 ? "-" : "") + String(text.reversed())
  }
}

/// Measures how many terminal columns a text takes.
enum Columns {
  static func count(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + width($1) } }

  /// Returns the text if it fits, otherwise its beginning and "…".
  static func fit(_ text: String, _ limit: Int) -> String {
    guard count(text) > limit else { return text }
    var (fitting, columns) = (String.UnicodeScalarView(), 0)
    for scalar in text.unicodeScalars {
      columns += width(scalar)
      guard columns < limit else { break }
      fitting.append(scalar)
    }
    return String(fitting) + "…"
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    guard scalar.value >= 0x300 else { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    // Characters that Unicode calls wide or fullwidth: East Asian scripts and their forms.
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
      0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18CFF,
      0x1B000...0x1B2FF, 0x20000...0x3FFFD:
      return 2
    default: return scalar.properties.isEmojiPresentation ? 2 : 1
    }
  }
}

/// Aligns text in columns, for people.
enum Table {
  /// Returns aligned lines, of which the first is the heading. Each cell is one line.
  static func lines(_ rows: [[String]]) -> [String] {
    let rows = rows.map { $0.map { Shown.line($0) } }
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      rows.map { column < $0.count ? Columns.count($0[column]) : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { index, cell in
        index == row.count - 1
          ? cell : cell + String(repeating: " ", count: widths[index] - Columns.count(cell))
      }
      return cells.joined(separator: "  ")
    }
  }
}
