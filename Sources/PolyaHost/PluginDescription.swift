internal import PolyaContract
package import PolyaCore

/// What a plugin's descriptor says, copied.
package struct PluginDescription: Sendable, Equatable {
  /// Names and versions.
  package var id, kind, version, title, summary, guide: String
  /// In the plugin's order.
  package var options: [OptionDescription]
  /// What the host must know before it places the plugin.
  package var traits: PluginTraits
  /// The shared object.
  package var file: String
  /// Of the file's bytes.
  package var sha256: String
  /// The contract it was compiled with: "1.0".
  package var abi: String
  /// What it was built with, in its own words; may be empty.
  package var toolchain: String

  /// "reward" of "polya.reward/1".
  package var kindName: String {
    let base = kind.split(separator: "/").first ?? ""
    return String(base.split(separator: ".").last ?? "")
  }
}

/// One option of a plugin.
package struct OptionDescription: Sendable, Equatable {
  /// The type of the value.
  package enum Kind: Sendable, Equatable {
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
  package struct Choice: Sendable, Equatable {
    /// What the manifest writes.
    package var value: String
    /// One line.
    package var help: String
  }

  /// What the manifest writes.
  package var key: String
  /// One sentence.
  package var help: String
  /// Type and bounds.
  package var kind: Kind
  /// Stands in when the manifest is silent; nil: none.
  package var defaultValue: JSON?
  /// Must be set.
  package var isRequired: Bool
  /// A list of `kind`.
  package var isList: Bool

  /// The type in words.
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
package struct PluginTraits: OptionSet, Sendable {
  /// The bits.
  package let rawValue: UInt64

  /// Traits from bits.
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The same seed may give another result.
  package static let nondeterministic = PluginTraits(rawValue: ContractBits.traitNondeterministic)
  /// Opens network connections.
  package static let network = PluginTraits(rawValue: ContractBits.traitNetwork)
  /// Executes text that a model wrote.
  package static let runsCode = PluginTraits(rawValue: ContractBits.traitRunsCode)
  /// Uses a graphics processor.
  package static let gpu = PluginTraits(rawValue: ContractBits.traitGpu)
  /// Must never be loaded into the host.
  package static let ownProcess = PluginTraits(rawValue: ContractBits.traitOwnProcess)
  /// Wants all samples of a question in one call.
  package static let wholeGroups = PluginTraits(rawValue: ContractBits.traitWholeGroups)
  /// Its module takes one call at a time.
  package static let serialModule = PluginTraits(rawValue: ContractBits.traitSerialModule)

  private static let words = [
    "nondeterministic", "network", "runs-code", "gpu", "own-process", "whole-groups", "serial-module",
  ]

  /// The bits in words.
  package var names: [String] { Self.words.indices.filter { rawValue >> $0 & 1 == 1 }.map { Self.words[$0] } }

  /// - Throws: for a word that is none.
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
