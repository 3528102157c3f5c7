internal import Glibc
internal import PolyaCore

/// The only place that writes to the terminal. Stdout is data, messages go to stderr.
enum Console {
  /// A line of data.
  static func out(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

  /// A line of data as JSON.
  static func out(_ json: JSON) { out(json.compact) }

  /// A message for people.
  static func message(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

  /// Replaces the current line of a terminal.
  static func status(_ line: String) { write("\r\u{1B}[K" + line, to: STDERR_FILENO) }

  /// Whether messages reach a terminal.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// A reader that has gone away (`| head`) is nobody's error.
  private static func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// All of stdin, as JSON lines.
  static func rows() throws -> [JSON] {
    var rows: [JSON] = []
    var number = 0
    while let line = readLine(strippingNewline: true) {
      number += 1
      guard line.contains(where: { !$0.isWhitespace }) else { continue }
      rows.append(try JSONParser.parse(line, at: "stdin, row \(number)"))
    }
    return rows
  }
}

/// Texts in columns, for people.
enum Table {
  /// Lines with the columns aligned; the first row is the heading.
  static func lines(_ rows: [[String]]) -> [String] {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { index, cell in
        index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
      }
      return cells.joined(separator: "  ")
    }
  }
}
