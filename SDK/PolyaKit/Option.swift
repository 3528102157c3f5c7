/// One option of a plugin: what a manifest may set, and what `polya plugin help` shows.
public struct Option: Sendable {
  /// The type of an option's value, with its bounds.
  public enum Kind: Sendable {
    case bool
    case integer(ClosedRange<Int64>? = nil)
    case real(ClosedRange<Double>? = nil)
    case text
    /// One of the named values; the second of each pair is its help.
    case choice([(value: String, help: String)])
    /// Relative to the manifest; arrives absolute.
    case path
    /// A size in bytes.
    case bytes
    /// A duration.
    case seconds
    /// "env:NAME" or "file:PATH"; arrives resolved, is never logged.
    case secret
    /// Anything; arrives as JSON text.
    case json
    /// The name of a model of the manifest, see ``Call/model(_:)``.
    case model
  }

  /// [a-z][a-z0-9-]*, unique in the plugin.
  public var key: String
  /// One sentence.
  public var help: String
  /// Type and bounds.
  public var kind: Kind
  /// JSON literal that stands in when the manifest is silent.
  public var defaultJSON: String?
  /// Whether the manifest must set it.
  public var isRequired: Bool
  /// Whether the value is a list of `kind`.
  public var isList: Bool

  /// An option with a default, or a required one, or (neither) one that may be absent.
  public init(
    _ key: String, _ kind: Kind, default defaultJSON: String? = nil, required: Bool = false,
    list: Bool = false,
    help: String
  ) {
    self.key = key
    self.help = help
    self.kind = kind
    self.defaultJSON = defaultJSON
    self.isRequired = required
    self.isList = list
  }
}

/// The options of one instance, complete and checked by the host.
///
/// Asking for a key that the plugin did not declare is a programmer error and traps.
public struct OptionValues: Sendable {
  /// One checked value.
  public enum Value: Sendable, Equatable {
    /// Neither given nor defaulted.
    case absent
    case bool(Bool)
    case integer(Int64)
    case real(Double)
    case text(String)
    case list([Value])
  }

  private let values: [String: Value]

  /// Values by key; what the host sends, or what a test makes up.
  public init(_ values: [String: Value]) { self.values = values }

  /// The value as the host sent it.
  public subscript(key: String) -> Value {
    guard let value = values[key] else { preconditionFailure("option \(key) is not declared") }
    return value
  }

  /// A bool option; nil when absent.
  public func bool(_ key: String) -> Bool? {
    guard case .bool(let value) = self[key] else { return nil }
    return value
  }

  /// An integer, or a size in bytes; nil when absent.
  public func integer(_ key: String) -> Int? {
    guard case .integer(let value) = self[key] else { return nil }
    return Int(value)
  }

  /// A real, or a duration in seconds; nil when absent.
  public func real(_ key: String) -> Double? {
    guard case .real(let value) = self[key] else { return nil }
    return value
  }

  /// A text, choice, absolute path, secret, JSON text or bound name; nil when absent.
  public func text(_ key: String) -> String? {
    guard case .text(let value) = self[key] else { return nil }
    return value
  }

  /// A list of strings; empty when absent.
  public func texts(_ key: String) -> [String] {
    guard case .list(let values) = self[key] else { return [] }
    return values.compactMap { if case .text(let text) = $0 { text } else { nil } }
  }
}
