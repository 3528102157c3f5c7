internal import CTransformerKernels
internal import PolyaKit
internal import TransformerFiles

/// Adapters in PEFT's layout: `adapter_config.json`, and in `adapter_model.safetensors` low-rank changes of some modules,
/// and whole tensors in place of the model's.
///
/// The tensors decide which modules are adapted; the configuration, how.
struct StoredAdapter {
  enum Part: String, CaseIterable {
    case a = "lora_A"
    case b = "lora_B"
    /// The length of each row: [out].
    case magnitude = "lora_magnitude_vector"
  }

  private static let prefix = "base_model.model."

  let configuration: AdapterConfiguration
  let file: SafetensorsFile
  /// By the module's name in the model, "model.layers.0.self_attn.q_proj".
  private(set) var parts: [String: [Part: String]] = [:]
  /// Names of whole tensors, by those in the model (`modules_to_save`).
  private(set) var copies: [String: String] = [:]

  init(_ folder: String) throws {
    configuration = try AdapterConfiguration(folder)
    file = try SafetensorsFile(FolderContents.weights(of: folder, "adapter_model"))
    try file.verifyChecksum()
    var adapterNames = Set<String>()
    for name in file.entries.keys.sorted() {
      var words = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      if name.hasPrefix(Self.prefix) { words.removeFirst(2) }
      if let at = words.firstIndex(where: { Part(rawValue: $0) != nil }), let part = Part(rawValue: words[at])
      {
        let module = words[..<at].joined(separator: ".")
        adapterNames.insert(try Self.adapterName(Array(words[(at + 1)...]), part, name, file.path))
        guard parts[module, default: [:]].updateValue(name, forKey: part) == nil else {
          throw refuse(name, "stands there twice; save one adapter alone")
        }
        continue
      }
      guard !words.contains(where: { $0.hasPrefix("lora_") }) else {
        throw refuse(
          name, "is not of a linear layer; merge the adapter into its base with merge_and_unload of peft")
      }
      guard copies.updateValue(name, forKey: Self.copied(words)) == nil else {
        throw refuse(name, "stands there twice; save the adapter again with save_pretrained of peft")
      }
    }
    guard adapterNames.count <= 1 else {
      throw TransformerError(
        .unsupported,
        "\(file.path) holds the adapters \(adapterNames.sorted().joined(separator: " and ")); save one of them alone"
      )
    }
    guard !parts.isEmpty || !copies.isEmpty else {
      throw TransformerError(.corrupt, "\(file.path) has no tensors; save the adapter again")
    }
  }

  private func refuse(_ tensor: String, _ what: String) -> TransformerError {
    TransformerError(.unsupported, "tensor \(tensor) in \(file.path) \(what)")
  }

  /// What stands between the part and "weight": "default", or nothing in files of `save_pretrained`.
  private static func adapterName(_ rest: [String], _ part: Part, _ tensor: String, _ path: String) throws
    -> String
  {
    var rest = rest
    if rest.last == "weight" { rest.removeLast() } else if part != .magnitude { rest.append("?") }
    guard rest.count <= 1, rest != ["?"] else {
      throw TransformerError(
        .unsupported,
        "tensor \(tensor) in \(path) is not a LoRA matrix; merge the adapter into its base with merge_and_unload of peft"
      )
    }
    return rest.first ?? ""
  }

  /// The name in the model of a tensor that was saved whole, perhaps from inside of PEFT's wrappers.
  private static func copied(_ words: [String]) -> String {
    var words = words.filter { $0 != "base_layer" }
    if let at = words.firstIndex(of: "modules_to_save") {
      words.removeSubrange(at..<max(at + 1, words.count - 1))
    }
    return words.joined(separator: ".")
  }

  // MARK: What it needs

  /// Last parts of the names of what is adapted, as "q_proj".
  var kinds: [String] {
    Set(parts.keys.compactMap { $0.split(separator: ".").last.map(String.init) }).sorted()
  }

  /// Whether the model's output matrix and embedding, which were one, become different.
  func unties(_ shape: Shape) -> Bool {
    let names = TensorNames(shape.architecture)
    let output = names.unembedding.dropLast(".weight".count)
    return shape.tied
      && (copies[names.embedding] != nil || copies[names.unembedding] != nil || parts[String(output)] != nil)
  }

  /// Why it cannot be trained on as adapters; nil: it can.
  private func obstacle(_ plans: [Adapters.Plan]) -> String? {
    if configuration.hasMagnitudes { return "use_dora" }
    if let copy = copies.values.min() { return "the whole tensor \(copy)" }
    return plans.first { $0.layer == nil }.map { "an adapter of \($0.tensor.name)" }
  }

  /// Changes a network that has the base's weights.
  ///
  /// - Parameter trains: whether the network is to train these adapters.
  func apply(to network: Network, trains: Bool, threads: Int) throws {
    let plans = try plans(network.layout)
    if trains, let obstacle = obstacle(plans) {
      throw TransformerError(
        .unsupported,
        "\(configuration.path) belongs to an adapter with \(obstacle), which this engine merges but does not train; omit lora-rank to train all weights of the sum of both"
      )
    }
    try readCopies(into: network)
    guard !plans.isEmpty else { return }
    let adapters = try Adapters(plans, network, configuration)
    for module in adapters.modules {
      for part in Part.allCases {
        if let place = adapters.place(part, of: module) { try read(part, module, to: place, network) }
      }
    }
    try adapters.merge(into: network, threads: threads)
    guard network.weights.isFinite
    else {
      throw TransformerError(
        .corrupt, "\(file.path) makes weights that are not finite; save the adapter again")
    }
    if trains { network.adapters = adapters }
  }

  /// One for each adapted tensor, in the model's order; shapes are checked.
  private func plans(_ layout: ParameterLayout) throws -> [Adapters.Plan] {
    var plans: [Adapters.Plan] = []
    var left = Set(parts.keys)
    for (index, tensor) in layout.tensors.enumerated() where !tensor.isVector {
      let module = Adapters.moduleName(tensor)
      let layer = layout.blocks.firstIndex { $0.tensors.contains(index) }
      guard let names = parts[module] else {
        guard let layer, configuration.lists(module, layer: layer) else { continue }
        throw TransformerError(
          .corrupt,
          "\(file.path) has nothing for \(module), which target_modules in \(configuration.path) lists; save the adapter again, or list only what it adapts"
        )
      }
      left.remove(module)
      guard layer != nil || tensor.role == .matrix else {
        throw refuse(
          names.values.min() ?? module,
          "adapts an embedding; merge the adapter into its base with merge_and_unload of peft")
      }
      if let layer, let layers = configuration.layers, !layers.contains(layer) {
        throw refuse(
          names.values.min() ?? module,
          "is of layer \(layer), which layers_to_transform in \(configuration.path) leaves out; remove one of the two"
        )
      }
      let plan = Adapters.Plan(
        tensor: tensor, layer: layer, settings: configuration.settings(of: module),
        hasMagnitude: configuration.hasMagnitudes)
      try check(plan, names)
      plans.append(plan)
    }
    guard let surplus = left.min() else { return plans }
    throw refuse(
      parts[surplus]?.values.min() ?? surplus,
      "is of a module that its model does not have; give the model that it was trained on with the option base"
    )
  }

  /// Before memory is taken: all parts are there in the shapes that the configuration says.
  private func check(_ plan: Adapters.Plan, _ names: [Part: String]) throws {
    for part in Part.allCases {
      let isWanted = part != .magnitude || plan.hasMagnitude
      guard let name = names[part], isWanted, let entry = file.entries[name] else {
        if names[part] == nil, !isWanted { continue }
        let hint =
          isWanted
          ? "lacks \(part.rawValue)" : "has \(part.rawValue), but \(configuration.path) says use_dora: false"
        throw TransformerError(
          .corrupt, "\(file.path) \(hint) for \(Adapters.moduleName(plan.tensor)); save the adapter again")
      }
      let shape = plan.dimensions(part)
      guard entry.shape == shape else {
        throw TransformerError(
          .corrupt,
          "tensor \(name) in \(file.path) has shape \(entry.shape), but its model with rank \(plan.settings.rank) of \(configuration.path) needs \(shape)"
        )
      }
    }
  }

  private func read(_ part: Part, _ module: Adapters.Module, to: Floats, _ network: Network) throws {
    guard let name = parts[module.name]?[part], let entry = file.entries[name] else { return }
    try AdapterFiles.copy(entry, name, of: file, to: to, network)
  }

  private func readCopies(into network: Network) throws {
    for (name, stored) in copies.sorted(by: { $0.key < $1.key }) {
      guard let tensor = network.layout.tensors.first(where: { $0.name == name }),
        let entry = file.entries[stored]
      else {
        throw refuse(
          stored,
          "is neither of a LoRA adapter nor one of the model's tensors; give its model with the option base")
      }
      guard entry.shape == tensor.dimensions else {
        throw TransformerError(
          .corrupt,
          "tensor \(stored) in \(file.path) has shape \(entry.shape), but its model has \(tensor.dimensions); if tokens were added, merge the adapter into the enlarged model with merge_and_unload of peft"
        )
      }
      guard let values = try file.tensor(stored) else { continue }
      try Checkpoint.read(tensor, from: values, into: network.weights, network)
    }
    if !copies.isEmpty { network.weights.valuesChanged() }
  }
}
