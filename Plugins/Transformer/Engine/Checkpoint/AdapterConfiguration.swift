internal import PolyaKit
internal import TransformerFiles

/// `adapter_config.json` as PEFT writes it: what an adapter changes, and the model that it belongs to.
struct AdapterConfiguration {
  /// Of modules without a rank or alpha of their own.
  let settings: Adapters.Settings
  /// The folder, or name, of the model.
  let base: String
  /// Whether the changed rows get a length of their own: DoRA (Liu et al. 2024, arXiv:2402.09353).
  let hasMagnitudes: Bool
  /// Layers that have adapters; nil: any.
  let layers: Set<Int>?
  let path: String
  /// The file, which is stored again with adapters that were trained on.
  let source: JSON
  /// In the order of the file, the first match counting, as in PEFT.
  private let ranks: [(pattern: ModulePattern, rank: Int)]
  private let alphas: [(pattern: ModulePattern, alpha: Double)]

  /// Ways to begin that leave the base model as it is.
  private static let harmlessStarts = ["gaussian", "eva", "orthogonal"]
  private static let ranksAllowed = 1...65_536

  /// Keys that are read here, and keys that say nothing of what a finished adapter computes.
  private static let understood: Set = [
    "peft_type", "r", "lora_alpha", "rank_pattern", "alpha_pattern", "use_rslora", "use_dora", "bias",
    "init_lora_weights", "base_model_name_or_path", "layers_to_transform", "layers_pattern", "target_modules",
    "exclude_modules", "modules_to_save", "fan_in_fan_out",
    "auto_mapping", "revision", "task_type", "inference_mode", "peft_version", "lora_dropout", "eva_config",
    "megatron_core", "qalora_group_size", "runtime_config",
  ]

  init(_ folder: String) throws {
    path = folder + "/adapter_config.json"
    source = try JSON(parsing: File.bytes(path), name: path)
    let reader = ConfigurationReader(json: source, path: path)
    try Self.checkKeys(reader)
    guard let rank = try reader.optionalInteger("r"), Self.ranksAllowed.contains(rank),
      let alpha = try reader.optionalNumber("lora_alpha"), alpha.isFinite
    else { throw TransformerError(.corrupt, "\(path) has no valid r or lora_alpha; copy the file again") }
    guard let base = source["base_model_name_or_path"]?.string else {
      throw TransformerError(
        .corrupt,
        "\(path) lacks base_model_name_or_path, the model that it adapts; write the model's folder there")
    }
    self.base = base
    hasMagnitudes = try reader.optionalBool("use_dora") ?? false
    var settings = Adapters.Settings(rank: rank, alpha: alpha, targets: [])
    settings.isStabilized = try reader.optionalBool("use_rslora") ?? false
    self.settings = settings
    layers = try Self.layers(reader)
    ranks = try Self.patterns(reader, "rank_pattern").map { pattern, value in
      guard let rank = value.integer, Self.ranksAllowed.contains(rank) else {
        throw reader.corrupt("rank_pattern", "gives \(pattern.text) no valid rank; give a number from 1")
      }
      return (pattern, rank)
    }
    alphas = try Self.patterns(reader, "alpha_pattern").map { pattern, value in
      guard let alpha = value.double, alpha.isFinite else {
        throw reader.corrupt("alpha_pattern", "gives \(pattern.text) no valid alpha; give a number")
      }
      return (pattern, alpha)
    }
  }

  /// Rank and scale of a module, by its name in PEFT: "model.layers.0.self_attn.q_proj".
  func settings(of module: String) -> Adapters.Settings {
    var own = settings
    own.rank = ranks.first { $0.pattern.matches(module) }?.rank ?? settings.rank
    own.alpha = alphas.first { $0.pattern.matches(module) }?.alpha ?? settings.alpha
    return own
  }

  /// Whether a matrix is among those that the file lists by name; a list that is an expression is not asked.
  func lists(_ module: String, layer: Int) -> Bool {
    func isListed(_ key: String) -> Bool {
      (source[key]?.array ?? []).contains {
        guard let name = $0.string else { return false }
        return module == name || module.hasSuffix("." + name)
      }
    }
    return layers?.contains(layer) != false && source["exclude_modules"]?.string == nil
      && isListed("target_modules") && !isListed("exclude_modules") && !isListed("modules_to_save")
  }

  /// What PEFT reads again, with the base's place of now.
  func text(base: String) -> String {
    let members = (source.members ?? []).map {
      $0.key == "base_model_name_or_path" ? (key: $0.key, value: JSON.string(base)) : $0
    }
    return JSON.object(members).text + "\n"
  }

  private static func checkKeys(_ reader: ConfigurationReader) throws {
    let json = reader.json
    func refuse(_ key: String, _ only: String) -> TransformerError {
      TransformerError(
        .unsupported,
        "\(key) in \(reader.path) is not supported; this engine reads only \(only). Merge the adapter into its base with merge_and_unload of peft, or remove the key if it changes nothing"
      )
    }
    guard let members = json.members else {
      throw TransformerError(.corrupt, "\(reader.path) is not a JSON object; copy the file again")
    }
    guard json["peft_type"]?.string == "LORA" else { throw refuse("peft_type", "LORA") }
    if let bias = json["bias"]?.string, bias != "none" { throw refuse("bias", "adapters without biases") }
    // These begin by taking the adapters' first values out of the base, so that they fit no other one.
    if let start = json["init_lora_weights"]?.string, !harmlessStarts.contains(start) {
      throw TransformerError(
        .unsupported,
        "init_lora_weights in \(reader.path) is \"\(start)\", which may have changed the base model itself; save the adapter with path_initial_model_for_weight_conversion, or merge it into its base"
      )
    }
    for (key, value) in members where !understood.contains(key) && !isNothing(value) {
      throw refuse(key, "LoRA and DoRA of linear layers")
    }
  }

  /// Whether a key is as if it were not there.
  private static func isNothing(_ value: JSON) -> Bool {
    switch value {
    case .null, .bool(false): true
    case .array(let items): items.isEmpty
    case .object(let members): members.isEmpty
    case .string(let text): text.isEmpty
    case .bool(true), .number: false
    }
  }

  private static func layers(_ reader: ConfigurationReader) throws -> Set<Int>? {
    let key = "layers_to_transform"
    guard let value = reader.json[key] else { return nil }
    let list = value.array ?? [value]
    let numbers = list.compactMap(\.integer)
    guard numbers.count == list.count else { throw reader.corrupt(key, "is not a list of layers") }
    return numbers.isEmpty ? nil : Set(numbers)
  }

  private static func patterns(_ reader: ConfigurationReader, _ key: String) throws
    -> [(ModulePattern, JSON)]
  {
    guard let value = reader.json[key] else { return [] }
    guard let members = value.members else { throw reader.corrupt(key, "is not an object") }
    return try members.map { (try ModulePattern($0.key, place: "\(key) in \(reader.path)"), $0.value) }
  }
}
