internal import PolyaCore

/// An override of the form `--set key.path=value`.
enum Override {
  static func apply(_ text: String, to json: JSON) throws -> JSON {
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
      throw PolyaError(.configuration, "'\(text)' is not key.path=value", at: "--set")
    }
    let path = text[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    return try set(path[...], value(String(text[text.index(after: equals)...])), in: json, text)
  }

  /// Parses a value as JSON5, or takes it as a string if that fails.
  private static func value(_ text: String) -> JSON {
    do { return try JSONParser.parse(text, .json5) } catch { return .string(text) }
  }

  private static func set(_ path: ArraySlice<String>, _ value: JSON, in json: JSON, _ text: String) throws
    -> JSON
  {
    guard let key = path.first else { return value }
    switch json {
    case .object(var members):
      members[key] = try set(path.dropFirst(), value, in: members[key] ?? .object([:]), text)
      return .object(members)
    case .array(var values):
      guard let index = Int(key), values.indices.contains(index) else {
        throw PolyaError(.configuration, "'\(text)': there is no element '\(key)'", at: "--set")
      }
      values[index] = try set(path.dropFirst(), value, in: values[index], text)
      return .array(values)
    default:
      throw PolyaError(
        .configuration, "'\(text)': '\(key)' cannot be set inside \(json.typeName)", at: "--set")
    }
  }
}
