import Foundation
import PolyaCore

/// What a document shows of a command's output.
struct ShownOutput {
  private let lines: [String]

  init(_ text: String) { lines = text.split(separator: "\n").map(String.init) }

  /// The first shown line that the output does not have, in the shown order; nil: it has all of them.
  ///
  /// A line of JSON may leave members out, any other line its beginning and end; "…" stands for any text.
  func missing(in output: String) -> String? {
    var rest = output.split(separator: "\n").map(String.init)[...]
    for line in lines {
      guard let place = rest.firstIndex(where: { Self.shows(line, $0) }) else { return line }
      rest = rest[(place + 1)...]
    }
    return nil
  }

  private static func shows(_ line: String, _ real: String) -> Bool {
    if let shown = members(of: line), let found = members(of: real) {
      return shown.allSatisfy { key, value in
        guard let other = found[key] else { return false }
        return value == other || matches(value.compact, other.compact)
      }
    }
    return matches(line, real)
  }

  private static func members(of line: String) -> JSON.Members? {
    guard line.hasPrefix("{") else { return nil }
    do {
      guard case .object(let members) = try JSONParser.parse(line) else { return nil }
      return members
    } catch { return nil }
  }

  private static func matches(_ shown: String, _ real: String) -> Bool {
    var rest = Substring(real)
    for part in shown.split(separator: "…") {
      guard let range = rest.range(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }
}
