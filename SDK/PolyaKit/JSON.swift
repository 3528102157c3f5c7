/// A JSON value, as in the metadata of tasks, in references, and in files. Numbers keep their text, so 64-bit
/// integers remain exact.
public enum JSON: Sendable, Equatable {
  /// The value `null`.
  case null
  /// The value `true` or `false`.
  case bool(Bool)
  /// A number, with its text as written.
  case number(String)
  /// A string, without escapes.
  case string(String)
  /// An array, in order.
  case array([JSON])
  /// An object, in the order of the file. If a key is repeated, the last value counts.
  case object([(key: String, value: JSON)])

  /// Whether the values are equal. Objects must have equal members in the same order.
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

  /// The value of a key of an object; nil if it is missing or null, or if the value is not an object.
  public subscript(key: String) -> JSON? {
    guard case .object(let members) = self, let value = members.last(where: { $0.key == key })?.value else {
      return nil
    }
    return value == .null ? nil : value
  }

  /// The value of a string, or nil for any other case.
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The value of a boolean, or nil for any other case.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The elements of an array, or nil for any other case.
  public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  /// The members of an object, or nil for any other case.
  public var members: [(key: String, value: JSON)]? {
    if case .object(let value) = self { value } else { nil }
  }
  /// The value of a number that is an integer, or nil.
  public var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }
  /// The value of a number, or nil for any other case.
  public var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }

  /// The value as the text of a file, indented by two spaces per level.
  public var text: String { text(indent: "\n") }

  /// The value on one line, as messages have it.
  public var compact: String { text(indent: nil) }

  private func text(indent: String?) -> String {
    let inner = indent.map { $0 + "  " }
    func list(_ items: [String]) -> String {
      items.map { (inner ?? "") + $0 }.joined(separator: ",") + (indent ?? "")
    }
    switch self {
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .number(let text): return text
    case .string(let text): return Self.quoted(text)
    case .array(let items): return items.isEmpty ? "[]" : "[\(list(items.map { $0.text(indent: inner) }))]"
    case .object(let members):
      let colon = indent == nil ? ":" : ": "
      return members.isEmpty
        ? "{}" : "{\(list(members.map { Self.quoted($0.key) + colon + $0.value.text(indent: inner) }))}"
    }
  }

  /// Parses bytes that contain exactly one value.
  ///
  /// - Throws: ``SyntaxError``.
  public init(parsing bytes: [UInt8]) throws(SyntaxError) {
    var parser = JSONParser(bytes)
    self = try parser.document()
  }

  /// Parses a text that contains exactly one value.
  ///
  /// - Throws: ``SyntaxError``.
  public init(parsing text: String) throws(SyntaxError) { try self.init(parsing: Array(text.utf8)) }

  /// The reason why a text is not JSON.
  public struct SyntaxError: Error, CustomStringConvertible {
    /// What is wrong, for people.
    public var what: String
    /// The byte offset of the error, starting at 0.
    public var byte: Int

    /// The error in one line.
    public var description: String { "is not valid JSON: \(what) at byte \(byte)" }
  }

  /// Returns a string as a JSON literal.
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
