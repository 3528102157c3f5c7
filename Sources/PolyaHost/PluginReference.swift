public import PolyaCore

/// How a manifest or a command names a plugin.
public struct PluginReference: Sendable, Equatable {
  /// The name errors use: the manifest's key, or the id.
  public var name: String
  /// An id ("polya.math-answer") or a path ("./mine.so", relative to `folder`).
  public var use: String
  /// The digest the file must have; nil: not pinned.
  public var sha256: String?
  /// Settings, not yet checked.
  public var options: JSON.Members
  /// What paths are relative to: the manifest's folder.
  public var folder: String
  /// Randomness of the instance's creation, e.g. of a model's first weights.
  public var seed: UInt64

  /// A reference.
  public init(
    name: String, use: String, sha256: String? = nil, options: JSON.Members = [:], folder: String,
    seed: UInt64 = 0
  ) {
    self.name = name
    self.use = use
    self.sha256 = sha256
    self.options = options
    self.folder = folder
    self.seed = seed
  }

  /// Whether `use` is a path; an id never holds a slash.
  public var isPath: Bool { use.contains("/") || use.hasSuffix(".so") }
}

/// What a plugin says of itself, copied out of its descriptor.
public struct PluginDescription: Sendable {
  /// Names and versions.
  public var id, kind, version, title, summary, guide: String
  /// In the plugin's order.
  public var options: [OptionDescription]
  /// `POLYA_TRAIT_` bits, in words.
  public var traits: [String]
  /// The shared object.
  public var file: String
  /// Of the file's bytes.
  public var sha256: String
  /// The contract it was compiled with: "1.0".
  public var abi: String

  /// "reward" of "polya.reward/1".
  public var kindName: String {
    let base = kind.split(separator: "/").first ?? ""
    return String(base.split(separator: ".").last ?? "")
  }
}

/// One option of a plugin.
public struct OptionDescription: Sendable {
  /// The type of the value.
  public enum Kind: Sendable, Equatable {
    case bool
    case integer(ClosedRange<Int64>)
    case real(ClosedRange<Double>)
    case text
    case choice([Choice])
    case path, bytes, seconds, secret, json
    /// A name of the manifest: "model", "reward" or "strategy".
    case binding(String)
  }

  /// A value of a choice.
  public struct Choice: Sendable, Equatable {
    /// What the manifest writes.
    public var value: String
    /// One line.
    public var help: String
  }

  /// What the manifest writes.
  public var key: String
  /// One sentence.
  public var help: String
  /// Type and bounds.
  public var kind: Kind
  /// Stands in when the manifest is silent; nil: none.
  public var defaultValue: JSON?
  /// Must be set.
  public var isRequired: Bool
  /// A list of `kind`.
  public var isList: Bool

  /// The type in words.
  public var typeName: String {
    let base =
      switch kind {
      case .bool: "true or false"
      case .integer(let range): "a whole number" + Self.bounds(range.lowerBound, range.upperBound, .min, .max)
      case .real(let range):
        "a number" + Self.bounds(range.lowerBound, range.upperBound, -.infinity, .infinity)
      case .text: "a text"
      case .choice(let choices): "one of " + choices.map { "'\($0.value)'" }.joined(separator: ", ")
      case .path: "a path"
      case .bytes: "a size such as 1048576 or '1 MiB'"
      case .seconds: "a duration such as 1.5 or '90 s'"
      case .secret: "'env:NAME' or 'file:PATH'"
      case .json: "any JSON"
      case .binding(let kind): "the name of a \(kind) of the manifest"
      }
    return isList ? "a list, each \(base)" : base
  }

  private static func bounds<T: Comparable>(_ low: T, _ high: T, _ least: T, _ most: T) -> String {
    switch (low > least, high < most) {
    case (false, false): ""
    case (true, false): " of at least \(low)"
    case (false, true): " of at most \(high)"
    case (true, true): " from \(low) to \(high)"
    }
  }
}
