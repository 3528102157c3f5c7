internal import PolyaCore

/// Resolves the names in a plugin's options to plugins of its manifest.
struct BindingCheck {
  let reference: PluginReference
  let description: PluginDescription

  /// The names that are given or are defaults, by option key.
  var names: [(key: String, value: String)] {
    description.options.flatMap { option -> [(key: String, value: String)] in
      guard case .model = option.kind, let value = reference.options[option.key] ?? option.defaultValue
      else { return [] }
      return (value.array ?? [value]).compactMap(\.string).map { (option.key, $0) }
    }
  }

  /// The plugins that are named, without duplicates.
  var targets: [PluginReference] {
    var seen: Set<String> = []
    return names.compactMap { name in
      seen.insert(name.value).inserted ? reference.bindings[name.value] : nil
    }
  }

  /// Returns everything that is wrong with the names.
  func problems(_ find: (PluginReference) throws -> PluginDescription) rethrows -> [PolyaError] {
    try names.compactMap { name in
      do { return try problem(name, find) } catch let error as PolyaError { return error }
    }
  }

  private func problem(
    _ name: (key: String, value: String), _ find: (PluginReference) throws -> PluginDescription
  ) rethrows -> PolyaError? {
    let place = "plugins.\(reference.name).\(name.key)"
    guard description.kindName != "model" else {
      return PolyaError(
        .configuration, "a model cannot use another model ('\(name.value)')", at: place,
        hint: "remove this option")
    }
    guard let target = reference.bindings[name.value] else {
      let known = reference.bindings.keys.filter { $0 != reference.name }.sorted()
      return PolyaError(
        .configuration, "there is no plugin '\(name.value)'", at: place,
        hint: known.isEmpty
          ? "define it with \(name.value): { use: … } in a manifest, or --bind \(name.value)=ID on the command line"
          : Suggestion.hint(for: name.value, among: known))
    }
    let found = try find(target)
    guard found.kindName == "model" else {
      return PolyaError(
        .configuration, "'\(name.value)' is a \(found.kindName), not a model", at: place,
        hint: "use the name of a model")
    }
    guard found.sha256 != description.sha256 || !description.traits.contains(.serialModule) else {
      return PolyaError(
        .configuration,
        "'\(name.value)' is in the same file as '\(reference.name)', which handles one call at a time",
        at: place,
        hint: "use a model from another file, or set the isolation of one of them to 'process'")
    }
    return nil
  }
}
