internal import CTransformerKernels
internal import PolyaKit
internal import TransformerFiles

/// Adapters in PEFT's layout: `adapter_config.json` and `adapter_model.safetensors`.
enum AdapterFiles {
  private static let prefix = "base_model.model."
  /// Ways to begin that leave the base model as it is.
  private static let harmlessStarts = ["gaussian", "eva"]

  static func exist(in folder: String) -> Bool { File.exists(folder + "/adapter_config.json") }

  /// What an adapter changes, and the folder of the model that it belongs to.
  static func settings(_ folder: String) throws -> (settings: Adapters.Settings, base: String) {
    let path = folder + "/adapter_config.json"
    let json = try JSON(parsing: File.bytes(path), name: path)
    func refuse(_ key: String, _ only: String) -> TransformerError {
      TransformerError(.unsupported, "\(key) in \(path) is not supported; this engine supports only \(only)")
    }
    guard json["peft_type"]?.string == "LORA" else { throw refuse("peft_type", "LORA") }
    if json["use_dora"]?.bool == true { throw refuse("use_dora", "LoRA without DoRA") }
    // These begin by taking the adapters' first values out of the base, so that they fit no other one.
    if let start = json["init_lora_weights"]?.string, !harmlessStarts.contains(start) {
      throw TransformerError(
        .unsupported,
        "init_lora_weights in \(path) is \"\(start)\", which may have changed the base model itself; save the adapter with path_initial_model_for_weight_conversion, or merge it into its base"
      )
    }
    if let bias = json["bias"]?.string, bias != "none" { throw refuse("bias", "adapters without biases") }
    for key in ["rank_pattern", "alpha_pattern"] where !(json[key]?.members ?? []).isEmpty {
      throw refuse(key, "one rank and alpha")
    }
    for key in ["modules_to_save", "layers_to_transform"] where !(json[key]?.array ?? []).isEmpty {
      throw refuse(key, "adapters of all layers")
    }
    guard let rank = json["r"]?.integer, (1...65_536).contains(rank), let alpha = json["lora_alpha"]?.double
    else { throw TransformerError(.corrupt, "\(path) has no valid r or lora_alpha") }
    guard let base = json["base_model_name_or_path"]?.string else {
      throw TransformerError(.corrupt, "\(path) lacks base_model_name_or_path, the model that it adapts")
    }
    var settings = Adapters.Settings(rank: rank, alpha: alpha, targets: [])
    settings.isStabilized = json["use_rslora"]?.bool == true
    return (settings, base)
  }

  /// Adapters of a network with the base's weights, which they change at once.
  static func read(_ folder: String, _ settings: Adapters.Settings, into network: Network, threads: Int)
    throws
  {
    let path = folder + "/adapter_model.safetensors"
    let file = try SafetensorsFile(path)
    try file.verifyChecksum()
    var settings = settings
    settings.targets = try targets(file)
    let adapters = try Adapters(settings, network, seed: 0)
    try read(file, prefix: "", adapters, into: adapters.values, network)
    let known = Set(
      adapters.modules.flatMap { module in parts(module, settings.rank).map { prefix + module.name + $0.0 } })
    if let surplus = file.entries.keys.filter({ !known.contains($0) }).min() {
      throw TransformerError(.corrupt, "\(path) has tensor \(surplus), which its model does not use")
    }
    try adapters.merge(into: network, threads: threads)
    network.adapters = adapters
  }

  /// Names and shapes of the tensors of adapters.
  static func dimensions(_ adapters: Adapters) -> [(name: String, dimensions: [Int])] {
    adapters.modules.flatMap { module in
      parts(module, adapters.settings.rank).map { (prefix + module.name + $0.0, $0.2) }
    }
  }

  /// Reads a storage in the layout of the adapters' values, with a prefix before the names.
  static func read(
    _ file: SafetensorsFile, prefix before: String, _ adapters: Adapters, into storage: FloatBuffer,
    _ network: Network
  ) throws {
    for module in adapters.modules {
      for (part, offset, shape) in parts(module, adapters.settings.rank) {
        let name = before + prefix + module.name + part
        guard let entry = file.entries[name] else {
          throw TransformerError(.corrupt, "\(file.path) lacks tensor \(name)")
        }
        guard entry.shape == shape else {
          throw TransformerError(
            .corrupt, "tensor \(name) in \(file.path) has shape \(entry.shape), but its model needs \(shape)")
        }
        let count = shape[0] * shape[1]
        file.copy(entry, elements: 0..<count, to: storage.base + offset)
        guard network.kernels.table.pointee.finite(Int64(count), storage.base + offset) else {
          throw TransformerError(.corrupt, "tensor \(name) in \(file.path) has values that are not finite")
        }
      }
    }
  }

  private static func parts(_ module: Adapters.Module, _ rank: Int) -> [(String, Int, [Int])] {
    [
      (".lora_A.weight", module.a, [rank, module.tensor.columns]),
      (".lora_B.weight", module.b, [module.tensor.rows, rank]),
    ]
  }

  /// Kinds of modules that a file adapts.
  private static func targets(_ file: SafetensorsFile) throws -> [String] {
    var kinds = Set<String>()
    for name in file.entries.keys {
      let words = name.split(separator: ".")
      guard name.hasPrefix(prefix), words.count > 3, ["lora_A", "lora_B"].contains(words[words.count - 2])
      else {
        throw TransformerError(.unsupported, "\(file.path) has tensor \(name), which is not a LoRA tensor")
      }
      kinds.insert(String(words[words.count - 3]))
    }
    return kinds.sorted()
  }

  static func write(_ folder: String, _ adapters: Adapters, base: String) throws {
    let kinds = Set(adapters.modules.map { $0.name.split(separator: ".").last.map(String.init) ?? "" })
    let config = JSON.object([
      ("base_model_name_or_path", .string(base)), ("bias", .string("none")),
      ("fan_in_fan_out", .bool(adapters.modules.contains { $0.tensor.isTransposed })),
      ("inference_mode", .bool(true)), ("lora_alpha", .number("\(adapters.settings.alpha)")),
      ("lora_dropout", .number("0.0")), ("modules_to_save", .null), ("peft_type", .string("LORA")),
      ("r", .number("\(adapters.settings.rank)")),
      ("target_modules", .array(kinds.sorted().map { .string($0) })), ("task_type", .string("CAUSAL_LM")),
      ("use_dora", .bool(false)), ("use_rslora", .bool(adapters.settings.isStabilized)),
    ])
    try File.write(folder + "/adapter_config.json", Array((config.text + "\n").utf8))
    try write(
      [("", adapters.values)], of: adapters, to: folder + "/adapter_model.safetensors", metadata: [])
  }

  /// Writes storages in the layout of the adapters' values, with a prefix before the names of each.
  static func write(
    _ storages: [(prefix: String, values: FloatBuffer)], of adapters: Adapters, to path: String,
    metadata: [(key: String, value: String)]
  ) throws {
    let tensors = storages.flatMap { storage in
      adapters.modules.flatMap { module in
        parts(module, adapters.settings.rank).map {
          (
            name: storage.prefix + prefix + module.name + $0.0, shape: $0.2,
            values: storage.values.base + $0.1
          )
        }
      }
    }
    var writer = try SafetensorsWriter(path, tensors.map { ($0.name, $0.shape) }, metadata: metadata)
    for tensor in tensors {
      let values = UnsafeBufferPointer(start: tensor.values, count: tensor.shape[0] * tensor.shape[1])
      try writer.add(UnsafeRawBufferPointer(values))
      writer.endTensor()
    }
    try writer.close()
  }
}
