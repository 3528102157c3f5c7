internal import PolyaKit
internal import TransformerFiles

/// Families of models that this engine computes, by their `model_type`.
enum ModelFamily: String, CaseIterable {
  case llama, mistral, qwen2, qwen3, gemma2, gemma3 = "gemma3_text", phi3, smollm3, olmo2, olmo3, gpt2

  /// Of the class in transformers.
  var className: String {
    switch self {
    case .llama: "LlamaForCausalLM"
    case .mistral: "MistralForCausalLM"
    case .qwen2: "Qwen2ForCausalLM"
    case .qwen3: "Qwen3ForCausalLM"
    case .gemma2: "Gemma2ForCausalLM"
    case .gemma3: "Gemma3ForCausalLM"
    case .phi3: "Phi3ForCausalLM"
    case .smollm3: "SmolLM3ForCausalLM"
    case .olmo2: "Olmo2ForCausalLM"
    case .olmo3: "Olmo3ForCausalLM"
    case .gpt2: "GPT2LMHeadModel"
    }
  }

  /// The family that a file names.
  init(_ reader: ConfigurationReader) throws {
    let json = reader.json
    let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
    guard json.members != nil else {
      throw TransformerError(.corrupt, "\(reader.path) is not a JSON object; copy it again")
    }
    let names = json["architectures"]?.array?.map { $0.string ?? "?" }
    guard let type = json["model_type"]?.string else {
      guard json["model_type"] == nil, let family = Self.allCases.first(where: { names == [$0.className] })
      else {
        throw TransformerError(
          .unsupported,
          names.map { "architectures in \(reader.path) is \($0); this engine supports only \(known)" }
            ?? "\(reader.path) has neither architectures nor model_type; is it the config.json of a model? Copy it again"
        )
      }
      self = family
      return
    }
    guard let family = Self(rawValue: type) else { throw reader.unsupported("model_type", type, known) }
    if let names, names != [family.className] {
      throw reader.unsupported("architectures", "\(names)", family.className)
    }
    if let quantized = json["quantization_config"] {
      throw TransformerError(
        .unsupported,
        "quantization_config in \(reader.path) says that the weights are quantized (\(quantized["quant_method"]?.string ?? "without quant_method")); give the model as it was before, or store it after dequantize() of transformers"
      )
    }
    self = family
  }

  /// Sizes and architecture.
  func shape(_ reader: ConfigurationReader) throws -> Shape {
    if self == .gpt2 { return try gpt2(reader) }
    let hidden = try reader.integer("hidden_size")
    let heads = try reader.integer("num_attention_heads")
    guard heads > 0 else { throw reader.corrupt("num_attention_heads", "is \(heads), but must be positive") }
    let layers = try reader.layers("num_hidden_layers")
    var shape = Shape(
      hidden: hidden, layers: layers, heads: heads,
      keyValueHeads: try reader.optionalInteger("num_key_value_heads") ?? heads,
      headSize: try reader.optionalInteger("head_dim") ?? usualHeadSize ?? hidden / heads,
      feedForward: try reader.integer("intermediate_size"), vocabulary: try reader.integer("vocab_size"),
      context: try reader.optionalInteger("max_position_embeddings") ?? usualContext,
      normEpsilon: try reader.optionalNumber("rms_norm_eps") ?? usualEpsilon,
      tied: try reader.optionalBool("tie_word_embeddings") ?? (isGemma || self == .smollm3))
    shape.rotary = try reader.rotary(base: usualBase, partly: self == .phi3)
    shape.context = min(shape.context, shape.rotary.longest ?? .max)
    shape.architecture = try architecture(reader, layers: layers, hidden: hidden, headSize: shape.headSize)
    if self == .gemma3 || self == .olmo3 { shape.windowRotary = try windowRotary(reader) }
    return shape
  }

  private var isGemma: Bool { self == .gemma2 || self == .gemma3 }
  private var isOlmo: Bool { self == .olmo2 || self == .olmo3 }
  /// transformers' defaults, for files that leave them out.
  private var usualHeadSize: Int? { isGemma ? 256 : self == .qwen3 ? 128 : nil }
  private var usualEpsilon: Double { self == .phi3 || isOlmo ? 1e-5 : 1e-6 }
  private var usualBase: Double {
    switch self {
    case .gemma3: 1e6
    case .smollm3: 2e6
    case .olmo3: 500_000
    default: 10_000
    }
  }
  private var usualContext: Int {
    switch self {
    case .llama, .olmo2, .olmo3: 2048
    case .gemma3, .mistral: 131_072
    case .qwen2, .qwen3, .smollm3: 32_768
    case .gemma2: 8192
    case .phi3: 4096
    case .gpt2: 1024
    }
  }

  private func architecture(
    _ reader: ConfigurationReader, layers: Int, hidden: Int, headSize: Int
  ) throws -> Architecture {
    var made = Architecture()
    let attentionBias = try reader.optionalBool("attention_bias") ?? false
    if attentionBias { made.biases.formUnion([.queryKeyValue, .output]) }
    made.activation = try activation(reader)
    switch self {
    case .llama:
      if try reader.optionalBool("mlp_bias") ?? false { made.biases.insert(.feedForward) }
      if try reader.optionalInteger("sliding_window") != nil {
        throw reader.unsupported("sliding_window", "set", "Llama models without it")
      }
    case .mistral: made.windows = try reader.windows(layers) { _ in true }
    case .phi3:
      made.naming = .phi3
      made.windows = try reader.windows(layers) { _ in true }
    case .qwen2, .qwen3:
      if self == .qwen2 { made.biases.insert(.queryKeyValue) }
      if self == .qwen3 { made.headNorms = .heads }
      if try reader.optionalBool("use_sliding_window") ?? false {
        let first = try reader.optionalInteger("max_window_layers") ?? 28
        made.windows = try reader.windows(layers) { $0 >= first }
      }
    case .gemma2, .gemma3: try describeGemma(&made, reader, layers: layers, hidden: hidden)
    case .smollm3:
      if try reader.optionalBool("mlp_bias") ?? false { made.biases.insert(.feedForward) }
      made.rotates = try rotatedLayers(reader, layers)
      let rotates = made.rotates
      if try reader.optionalBool("use_sliding_window") ?? false {
        made.windows = try reader.windows(layers) { !rotates[$0] }
      }
    case .olmo2, .olmo3:
      made.normalizesInputs = false
      made.normalizesOutputs = true
      made.headNorms = .whole
      if self == .olmo3 { made.windows = try reader.windows(layers) { ($0 + 1) % 4 != 0 } }
    case .gpt2: break
    }
    return made
  }

  private func describeGemma(
    _ made: inout Architecture, _ reader: ConfigurationReader, layers: Int, hidden: Int
  ) throws {
    if self == .gemma2 {
      made.windows = try reader.windows(layers) { $0 % 2 == 0 }
    } else {
      let pattern = max(1, try reader.optionalInteger("sliding_window_pattern") ?? 6)
      made.windows = try reader.windows(layers) { ($0 + 1) % pattern != 0 }
      made.headNorms = .heads
      try reader.require("use_bidirectional_attention", false, orAbsent: false)
    }
    made.attentionCap = try cap(reader, "attn_logit_softcapping", usual: self == .gemma2 ? 50 : nil)
    made.logitCap = try cap(reader, "final_logit_softcapping", usual: self == .gemma2 ? 30 : nil)
    made.normalization = .rmsPlusOne
    made.normalizesOutputs = true
    made.embeddingScale = Float(Double(hidden).squareRoot())
    let scalar = try reader.optionalNumber("query_pre_attn_scalar") ?? 256
    guard scalar > 0 else {
      throw reader.corrupt("query_pre_attn_scalar", "is \(scalar), but must be positive")
    }
    made.attentionScale = Float(1 / scalar.squareRoot())
  }

  /// SmolLM3's layers with positions: 1 in `no_rope_layers`, in spite of its name.
  private func rotatedLayers(_ reader: ConfigurationReader, _ layers: Int) throws -> [Bool] {
    let key = "no_rope_layers"
    guard let list = reader.json[key] else {
      let interval = try reader.optionalInteger("no_rope_layer_interval") ?? 4
      guard interval > 0 else {
        throw reader.corrupt("no_rope_layer_interval", "is \(interval), but must be positive")
      }
      return (0..<layers).map { ($0 + 1) % interval != 0 }
    }
    let numbers = list.array?.map(\.integer) ?? []
    guard numbers.count >= layers, !numbers.contains(nil) else {
      throw reader.corrupt(key, "is not a list of a number for each of \(layers) layers")
    }
    return numbers.prefix(layers).map { $0 != 0 }
  }

  /// A cap that may be null; `usual` when the file does not say.
  private func cap(_ reader: ConfigurationReader, _ key: String, usual: Float?) throws -> Float? {
    guard reader.json.members?.contains(where: { $0.key == key }) == true else { return usual }
    guard let value = try reader.optionalNumber(key) else { return nil }
    guard value > 0 else { throw reader.corrupt(key, "is \(value), but must be positive") }
    return Float(value)
  }

  private func activation(_ reader: ConfigurationReader) throws -> Architecture.Activation {
    let key = isGemma ? "hidden_activation" : "hidden_act"
    guard let name = reader.json[key]?.string else { return isGemma ? .gelu : .silu }
    switch name {
    case "silu", "swish": return .silu
    case "gelu_pytorch_tanh", "gelu_new": return .gelu
    default: throw reader.unsupported(key, name, "silu and gelu_pytorch_tanh")
    }
  }

  /// Layers with a window that have positions of their own: Gemma 3 and OLMo 3.
  private func windowRotary(_ reader: ConfigurationReader) throws -> RotaryPositions {
    let usual = self == .gemma3 ? 10_000 : usualBase
    if reader.json["rope_parameters"]?["sliding_attention"] != nil {
      return try reader.rotary(base: usual, kind: "sliding_attention")
    }
    let key = self == .gemma3 ? "rope_local_base_freq" : "rope_theta"
    return RotaryPositions(base: try reader.optionalNumber(key) ?? usual)
  }

  private func gpt2(_ reader: ConfigurationReader) throws -> Shape {
    let hidden = try reader.integer("n_embd")
    let heads = try reader.integer("n_head")
    guard heads > 0, hidden % heads == 0 else {
      throw reader.corrupt(
        "n_head", "is \(heads), but must be positive and divide n_embd, which is \(hidden)")
    }
    try reader.require("scale_attn_weights", true, orAbsent: true)
    try reader.require("scale_attn_by_inverse_layer_idx", false, orAbsent: false)
    try reader.require("add_cross_attention", false, orAbsent: false)
    if let name = reader.json["activation_function"]?.string,
      !["gelu_new", "gelu_pytorch_tanh"].contains(name)
    {
      throw reader.unsupported("activation_function", name, "gelu_new")
    }
    // A width that overflows here is refused by its own number.
    var shape = Shape(
      hidden: hidden, layers: try reader.layers("n_layer"), heads: heads, keyValueHeads: heads,
      feedForward: try reader.optionalInteger("n_inner") ?? 4 &* hidden,
      vocabulary: try reader.integer("vocab_size"),
      context: try reader.optionalInteger("n_positions") ?? usualContext,
      normEpsilon: try reader.optionalNumber("layer_norm_epsilon") ?? 1e-5,
      tied: try reader.optionalBool("tie_word_embeddings") ?? true)
    shape.architecture.normalization = .layer
    shape.architecture.activation = .gelu
    shape.architecture.isGated = false
    shape.architecture.biases = [.queryKeyValue, .output, .feedForward]
    shape.architecture.learnsPositions = true
    shape.architecture.naming = .gpt2
    return shape
  }
}
