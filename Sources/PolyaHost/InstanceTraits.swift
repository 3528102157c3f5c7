internal import PolyaCore

extension PluginReference {
  /// Returns the traits of a configured plugin.
  ///
  /// If the plugin has a boolean option with the name of a trait that it declares, the option says whether
  /// this instance has the trait. Thus one plugin can support both: `whole-groups: true` requests whole
  /// groups, `network: true` requests the network.
  package func traits(of description: PluginDescription) -> PluginTraits {
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
  /// Returns nil if there is no such trait.
  fileprivate init?(named name: String) {
    guard let trait = Self.byName[name] else { return nil }
    self = trait
  }

  /// The traits that an option may switch. Options cannot change where a plugin runs.
  private static let byName: [String: PluginTraits] = [
    "nondeterministic": .nondeterministic, "network": .network, "gpu": .gpu, "whole-groups": .wholeGroups,
  ]
}

extension PluginInstance {
  /// The traits of this instance.
  var traits: PluginTraits { reference.traits(of: description) }
}
