internal import PolyaContract
package import PolyaCore

/// A copy of a plugin's descriptor.
package struct PluginDescription: Sendable, Equatable {
  /// The plugin's names and versions, as text.
  package var id, kind, version, title, summary, guide: String
  /// The options, in the plugin's order.
  package var options: [OptionDescription]
  /// What the host must know before it decides where to run the plugin.
  package var traits: PluginTraits
  /// The path of the shared object.
  package var file: String
  /// The digest of the file's bytes.
  package var sha256: String
  /// The version of the contract that it was compiled with, such as "1.0".
  package var abi: String
  /// The toolchain that built it, as text; may be empty.
  package var toolchain: String

  /// The short name of the kind, such as "reward" for "polya.reward/1".
  package var kindName: String {
    let base = kind.split(separator: "/").first ?? ""
    return String(base.split(separator: ".").last ?? "")
  }
}

/// An option of a plugin.
package struct OptionDescription: Sendable, Equatable {
  /// The type of the value.
  package enum Kind: Sendable, Equatable {
    case bool
    case integer(ClosedRange<Int64>)
    case real(ClosedRange<Double>)
    case text
    case choice([Choice])
    case path, bytes, seconds, secret, json
    /// The name of a model in the manifest.
    case model
  }

  /// A value of a choice.
  package struct Choice: Sendable, Equatable {
    /// The value in the manifest.
    package var value: String
    /// One line that explains the value.
    package var help: String
  }

  /// The key in the manifest.
  package var key: String
  /// One sentence that explains the option.
  package var help: String
  /// The type and bounds of the value.
  package var kind: Kind
  /// The default; nil if there is none.
  package var defaultValue: JSON?
  /// Whether the manifest must set the option.
  package var isRequired: Bool
  /// Whether the value is a list of `kind`.
  package var isList: Bool

  /// The type in words, for messages and help.
  package var typeName: String {
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
    return isList ? "\(base), or a list of them" : base
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

/// The traits that a plugin declares: the `POLYA_TRAIT_` bits.
package struct PluginTraits: OptionSet, Sendable {
  /// The bits.
  package let rawValue: UInt64

  /// Creates traits from bits.
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The same seed may give different results.
  package static let nondeterministic = PluginTraits(rawValue: ContractBits.traitNondeterministic)
  /// The plugin opens network connections.
  package static let network = PluginTraits(rawValue: ContractBits.traitNetwork)
  /// The plugin executes text that a model wrote.
  package static let runsCode = PluginTraits(rawValue: ContractBits.traitRunsCode)
  /// The plugin uses a GPU.
  package static let gpu = PluginTraits(rawValue: ContractBits.traitGpu)
  /// The plugin must not be loaded into the host's process.
  package static let ownProcess = PluginTraits(rawValue: ContractBits.traitOwnProcess)
  /// The reward needs all samples of a question in one call.
  package static let wholeGroups = PluginTraits(rawValue: ContractBits.traitWholeGroups)
  /// The plugin's module handles one call at a time.
  package static let serialModule = PluginTraits(rawValue: ContractBits.traitSerialModule)

  private static let words = [
    "nondeterministic", "network", "runs-code", "gpu", "own-process", "whole-groups", "serial-module",
  ]

  /// The names of the traits.
  package var names: [String] { Self.words.indices.filter { rawValue >> $0 & 1 == 1 }.map { Self.words[$0] } }

  /// Creates traits from their names; throws for an unknown name.
  package init(names: [String]) throws {
    rawValue = try names.reduce(0) { bits, name in
      guard let bit = Self.words.firstIndex(of: name) else {
        throw PolyaError(
          .corrupt, "there is no trait '\(name)'", hint: Suggestion.hint(for: name, among: Self.words))
      }
      return bits | 1 << UInt64(bit)
    }
  }
}
