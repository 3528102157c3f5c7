internal import PolyaCore

extension PluginReference {
  /// The traits of a configured plugin.
  ///
  /// A boolean option with the name of a trait that the plugin declares says whether this instance has it, so that one
  /// plugin serves both: `whole-groups: true` asks for whole groups, `network: true` for the network.
  func traits(of description: PluginDescription) -> PluginTraits {
    description.options.reduce(description.traits) { traits, option in
      guard case .bool = option.kind, !option.isList, let trait = PluginTraits(named: option.key) else {
        return traits
      }
      let isOn = (options[option.key] ?? option.defaultValue)?.bool ?? false
      return isOn ? traits : traits.subtracting(trait)
    }
  }
}

extension PluginTraits {
  /// nil: there is no such trait.
  fileprivate init?(named name: String) {
    guard let trait = Self.byName[name] else { return nil }
    self = trait
  }

  /// Those that an option may switch; what decides where a plugin runs is no matter of its options.
  private static let byName: [String: PluginTraits] = [
    "nondeterministic": .nondeterministic, "network": .network, "gpu": .gpu, "whole-groups": .wholeGroups,
  ]
}

extension PluginInstance {
  /// What this instance declares of its behavior.
  var traits: PluginTraits { reference.traits(of: description) }
}
