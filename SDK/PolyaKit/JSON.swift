/// A JSON value, as it comes in the metadata of tasks, in references and in files. Numbers keep their text, so that 64-bit
/// integers survive.
public enum JSON: Sendable, Equatable {
  /// `null`.
  case null
  /// `true`, `false`.
  case bool(Bool)
  /// As written.
  case number(String)
  /// Without its escapes.
  case string(String)
  /// In order.
  case array([JSON])
  /// In the order of the file; the last of equal keys counts.
  case object([(key: String, value: JSON)])

  /// Objects are equal with their members in the same order.
  public static func == (a: JSON, b: JSON) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let x), .bool(let y)): x == y
    case (.number(let x), .number(let y)): x == y
    case (.string(let x), .string(let y)): x == y
    case (.array(let x), .array(let y)): x == y
    case (.object(let x), .object(let y)): x.elementsEqual(y) { $0.key == $1.key && $0.value == $1.value }
    default: false
    }
  }

  /// The member of an object; nil when absent, null, or not an object.
  public subscript(key: String) -> JSON? {
    guard case .object(let members) = self, let value = members.last(where: { $0.key == key })?.value else {
      return nil
    }
    return value == .null ? nil : value
  }

  /// The value of this case; nil for any other.
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The value of this case; nil for any other.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The value of this case; nil for any other.
  public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  /// The value of this case; nil for any other.
  public var members: [(key: String, value: JSON)]? {
    if case .object(let value) = self { value } else { nil }
  }
  /// The value of this case; nil for any other.
  public var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }
  /// The value of this case; nil for any other.
  public var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }

  /// As a file: two spaces a level, members in order.
  public var text: String { text(indent: "\n") }

  private func text(indent: String) -> String {
    let inner = indent + "  "
    switch self {
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .number(let text): return text
    case .string(let text): return Self.quoted(text)
    case .array(let items):
      guard !items.isEmpty else { return "[]" }
      return "[" + items.map { inner + $0.text(indent: inner) }.joined(separator: ",") + indent + "]"
    case .object(let members):
      guard !members.isEmpty else { return "{}" }
      let lines = members.map { inner + Self.quoted($0.key) + ": " + $0.value.text(indent: inner) }
      return "{" + lines.joined(separator: ",") + indent + "}"
    }
  }

  /// Parses one value that fills the bytes.
  ///
  /// - Throws: ``SyntaxError``.
  public init(parsing bytes: [UInt8]) throws(SyntaxError) {
    var parser = JSONParser(bytes)
    self = try parser.document()
  }

  /// Parses one value that fills the text.
  ///
  /// - Throws: ``SyntaxError``.
  public init(parsing text: String) throws(SyntaxError) { try self.init(parsing: Array(text.utf8)) }

  /// Why a text is not JSON.
  public struct SyntaxError: Error, CustomStringConvertible {
    /// For people.
    public var what: String
    /// Where, from 0.
    public var byte: Int

    /// One line.
    public var description: String { "is not valid JSON: \(what) at byte \(byte)" }
  }

  /// A string as a JSON literal.
  public static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
