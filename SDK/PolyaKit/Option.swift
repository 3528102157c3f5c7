/// An option of a plugin, which a manifest can set and `polya plugin help` shows.
public struct Option: Sendable {
  /// The type of an option's value, with its bounds.
  public enum Kind: Sendable {
    case bool
    case integer(ClosedRange<Int64>? = nil)
    case real(ClosedRange<Double>? = nil)
    case text
    /// One of the named values; the second element of each pair is its help.
    case choice([(value: String, help: String)])
    /// A path relative to the manifest, which arrives as an absolute path.
    case path
    /// A size in bytes.
    case bytes
    /// A duration in seconds.
    case seconds
    /// A secret, given as "env:NAME" or "file:PATH". It arrives resolved and is never logged.
    case secret
    /// Any JSON value, which arrives as text.
    case json
    /// The name of a model in the manifest; see ``Call/model(_:)``.
    case model
  }

  /// The key, which matches [a-z][a-z0-9-]* and is unique in the plugin.
  public var key: String
  /// One sentence that explains the option.
  public var help: String
  /// The type and bounds of the value.
  public var kind: Kind
  /// The default as a JSON literal; nil if there is none.
  public var defaultJSON: String?
  /// Whether the manifest must set the option.
  public var isRequired: Bool
  /// Whether the value is a list of `kind`.
  public var isList: Bool

  /// Creates an option. Without a default, an option that is not required may be absent.
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
/// Asking for an undeclared key is a programmer error and traps.
public struct OptionValues: Sendable {
  /// A checked value.
  public enum Value: Sendable, Equatable {
    /// The option has no value and no default.
    case absent
    case bool(Bool)
    case integer(Int64)
    case real(Double)
    case text(String)
    case list([Value])
  }

  private let values: [String: Value]

  /// Creates values by key, from the host or in a test.
  public init(_ values: [String: Value]) { self.values = values }

  /// The value as the host sent it.
  public subscript(key: String) -> Value {
    guard let value = values[key] else { preconditionFailure("option \(key) is not declared") }
    return value
  }

  /// Returns the value of a boolean option, or nil if it is absent.
  public func bool(_ key: String) -> Bool? {
    guard case .bool(let value) = self[key] else { return nil }
    return value
  }

  /// Returns an integer or a size in bytes, or nil if it is absent.
  public func integer(_ key: String) -> Int? {
    guard case .integer(let value) = self[key] else { return nil }
    return Int(value)
  }

  /// Returns a real number or a duration in seconds, or nil if it is absent.
  public func real(_ key: String) -> Double? {
    guard case .real(let value) = self[key] else { return nil }
    return value
  }

  /// Returns a text, choice, absolute path, secret, JSON text, or bound name; nil if it is absent.
  public func text(_ key: String) -> String? {
    guard case .text(let value) = self[key] else { return nil }
    return value
  }

  /// Returns a list of strings; empty if it is absent.
  public func texts(_ key: String) -> [String] {
    guard case .list(let values) = self[key] else { return [] }
    return values.compactMap { if case .text(let text) = $0 { text } else { nil } }
  }
}
