internal import CTransformerKernels
internal import PolyaKit
internal import TransformerFiles

/// Adapters in PEFT's layout: `adapter_config.json` and `adapter_model.safetensors`.
enum AdapterFiles {
  private static let prefix = "base_model.model."

  static func exist(in folder: String) -> Bool { File.exists(folder + "/adapter_config.json") }

  /// Names and shapes of the tensors of adapters.
  static func dimensions(_ adapters: Adapters) -> [(name: String, dimensions: [Int])] {
    tensors(adapters).map { ($0.name, $0.shape) }
  }

  /// Names and shapes of A and B of each module, and where they lie among the values.
  private static func tensors(_ adapters: Adapters) -> [(name: String, shape: [Int], offset: Int)] {
    adapters.modules.flatMap { module in
      [(StoredAdapter.Part.a, module.a), (.b, module.b)].map { part, offset in
        (prefix + module.name + ".\(part.rawValue).weight", module.plan.dimensions(part), offset)
      }
    }
  }

  /// Reads a storage in the layout of the adapters' values, with a prefix before the names.
  static func read(
    _ file: SafetensorsFile, prefix before: String, _ adapters: Adapters, into storage: FloatBuffer,
    _ network: Network
  ) throws {
    for (name, shape, offset) in tensors(adapters) {
      guard let entry = file.entries[before + name], entry.shape == shape else {
        throw TransformerError(
          .corrupt,
          "\(file.path) lacks tensor \(before + name) of shape \(shape); remove the file or copy it again")
      }
      try copy(entry, before + name, of: file, to: storage.base + offset, network)
    }
  }

  /// Reads a whole tensor as it lies.
  ///
  /// Shapes: to as the entry.
  static func copy(
    _ entry: SafetensorsFile.Entry, _ name: String, of file: SafetensorsFile, to: Floats, _ network: Network
  ) throws {
    try file.requireNumbers(entry, name)
    let count = entry.shape.reduce(1, *)
    file.copy(entry, elements: 0..<count, to: to)
    guard network.kernels.table.pointee.finite(Int64(count), to) else {
      throw TransformerError(
        .corrupt, "tensor \(name) in \(file.path) has values that are not finite; copy the file again")
    }
  }

  static func write(_ folder: String, _ adapters: Adapters, base: String) throws {
    let text = adapters.configuration?.text(base: base) ?? fresh(adapters, base: base)
    try File.write(folder + "/adapter_config.json", Array(text.utf8))
    try write(
      [("", adapters.values)], of: adapters, to: folder + "/adapter_model.safetensors", metadata: [])
  }

  /// The configuration of adapters that began here.
  private static func fresh(_ adapters: Adapters, base: String) -> String {
    let kinds = Set(adapters.modules.map { $0.name.split(separator: ".").last.map(String.init) ?? "" })
    return JSON.object([
      ("base_model_name_or_path", .string(base)), ("bias", .string("none")),
      ("fan_in_fan_out", .bool(adapters.modules.contains { $0.tensor.isTransposed })),
      ("inference_mode", .bool(true)), ("lora_alpha", .number("\(adapters.settings.alpha)")),
      ("lora_dropout", .number("0.0")), ("modules_to_save", .null), ("peft_type", .string("LORA")),
      ("r", .number("\(adapters.settings.rank)")),
      ("target_modules", .array(kinds.sorted().map { .string($0) })), ("task_type", .string("CAUSAL_LM")),
      ("use_dora", .bool(false)), ("use_rslora", .bool(adapters.settings.isStabilized)),
    ]).text + "\n"
  }

  /// Writes storages in the layout of the adapters' values, with a prefix before the names of each.
  static func write(
    _ storages: [(prefix: String, values: FloatBuffer)], of adapters: Adapters, to path: String,
    metadata: [(key: String, value: String)]
  ) throws {
    let tensors = storages.flatMap { storage in
      Self.tensors(adapters).map {
        (name: storage.prefix + $0.name, shape: $0.shape, values: storage.values.base + $0.offset)
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
