internal import PolyaContract
public import PolyaCore

/// What a plugin's descriptor says, copied.
public struct PluginDescription: Sendable, Equatable {
  /// Names and versions.
  public var id, kind, version, title, summary, guide: String
  /// In the plugin's order.
  public var options: [OptionDescription]
  /// What the host must know before it places the plugin.
  public var traits: PluginTraits
  /// The shared object.
  public var file: String
  /// Of the file's bytes.
  public var sha256: String
  /// The contract it was compiled with: "1.0".
  public var abi: String
  /// What it was built with, in its own words; may be empty.
  public var toolchain: String

  /// "reward" of "polya.reward/1".
  public var kindName: String {
    let base = kind.split(separator: "/").first ?? ""
    return String(base.split(separator: ".").last ?? "")
  }
}

/// One option of a plugin.
public struct OptionDescription: Sendable, Equatable {
  /// The type of the value.
  public enum Kind: Sendable, Equatable {
    case bool
    case integer(ClosedRange<Int64>)
    case real(ClosedRange<Double>)
    case text
    case choice([Choice])
    case path, bytes, seconds, secret, json
    /// A name of the manifest: "model", "reward" or "strategy".
    case model
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
      case .integer(let range): "an integer" + Self.bounds(range.lowerBound, range.upperBound, .min, .max)
      case .real(let range):
        "a number" + Self.bounds(range.lowerBound, range.upperBound, -.infinity, .infinity)
      case .text: "a string"
      case .choice(let choices): "one of " + choices.map { "'\($0.value)'" }.joined(separator: ", ")
      case .path: "a path"
      case .bytes: "a size such as 1048576 or '1 MiB'"
      case .seconds: "a duration such as 1.5 or '90 s'"
      case .secret: "'env:NAME' or 'file:PATH'"
      case .json: "any JSON"
      case .model: "the name of a model of the manifest"
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

/// What a plugin declares of its behavior: the `POLYA_TRAIT_` bits.
public struct PluginTraits: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt64

  /// Traits from bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The same seed may give another result.
  public static let nondeterministic = PluginTraits(rawValue: ContractBits.traitNondeterministic)
  /// Opens network connections.
  public static let network = PluginTraits(rawValue: ContractBits.traitNetwork)
  /// Executes text that a model wrote.
  public static let runsCode = PluginTraits(rawValue: ContractBits.traitRunsCode)
  /// Uses a graphics processor.
  public static let gpu = PluginTraits(rawValue: ContractBits.traitGpu)
  /// Must never be loaded into the host.
  public static let ownProcess = PluginTraits(rawValue: ContractBits.traitOwnProcess)
  /// Wants all samples of a question in one call.
  public static let wholeGroups = PluginTraits(rawValue: ContractBits.traitWholeGroups)
  /// Its module takes one call at a time.
  public static let serialModule = PluginTraits(rawValue: ContractBits.traitSerialModule)

  private static let words = [
    "nondeterministic", "network", "runs-code", "gpu", "own-process", "whole-groups", "serial-module",
  ]

  /// The bits in words.
  public var names: [String] { Self.words.indices.filter { rawValue >> $0 & 1 == 1 }.map { Self.words[$0] } }

  /// - Throws: for a word that is none.
  public init(names: [String]) throws {
    rawValue = try names.reduce(0) { bits, name in
      guard let bit = Self.words.firstIndex(of: name) else {
        throw PolyaError(
          .corrupt, "there is no trait '\(name)'", hint: Suggestion.hint(for: name, among: Self.words))
      }
      return bits | 1 << UInt64(bit)
    }
  }
}
