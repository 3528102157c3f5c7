internal import PolyaKit
internal import TransformerFiles

/// Makes of the metadata of a GGUF file the `config.json` that its model has in Hugging Face layout.
///
/// Keys are those of ggml-org/ggml, docs/gguf.md, and what they mean is what llama.cpp does with them. A key of the
/// architecture that is not known here may change what the model computes, so it is refused, unless it is zero.
struct GGUFConfiguration {
  /// What the families of this engine are called in GGUF.
  static let architectures: [(name: String, family: ModelFamily)] = [
    ("llama", .llama), ("qwen2", .qwen2), ("qwen3", .qwen3), ("gemma2", .gemma2), ("gemma3", .gemma3),
    ("phi3", .phi3), ("gpt2", .gpt2),
  ]

  /// Whether the rows of queries and keys lie pair by pair.
  static func pairsRows(_ file: GGUFFile) -> Bool {
    file.metadata["general.architecture"] == .string("llama")
  }

  let family: ModelFamily
  let prefix: String
  var metadata: GGUFMetadata
  var members: [(key: String, value: JSON)] = []
  private(set) var layers = 0
  private(set) var headSize = 0
  private var hidden = 0
  private var heads = 0

  var file: GGUFFile { metadata.file }

  static func json(of file: GGUFFile) throws -> JSON {
    var made = try Self(file)
    try made.addSizes()
    if made.family == .gpt2 {
      try made.addGPT2()
    } else {
      try made.addAttention()
      try made.addPositions()
    }
    made.set("tie_word_embeddings", .bool(file.entries["output.weight"] == nil))
    try made.addTokens()
    try made.checkLeftovers()
    return .object(made.members)
  }

  private init(_ file: GGUFFile) throws {
    metadata = GGUFMetadata(file)
    let known = Self.architectures.map(\.name).joined(separator: ", ")
    guard let name = try metadata.string("general.architecture") else {
      throw metadata.corrupt("general.architecture", "is missing; is it the file of a model?")
    }
    if let type = try metadata.string("general.type"), type != "model" {
      throw metadata.unsupported("general.type", type, "model")
    }
    if let count = try metadata.integer("split.count"), count > 1 {
      throw metadata.unsupported(
        "split.count", "\(count)", "models in one file; join them with llama-gguf-split --merge")
    }
    guard let family = Self.architectures.first(where: { $0.name == name })?.family else {
      throw metadata.unsupported("general.architecture", name, known)
    }
    self.family = family
    prefix = name + "."
    set("architectures", .array([.string(family.className)]))
    set("model_type", .string(family.rawValue))
    set("torch_dtype", .string("float32"))
  }

  mutating func set(_ key: String, _ value: JSON) { members.append((key, value)) }
  mutating func set(_ key: String, _ value: Int) { members.append((key, .number("\(value)"))) }

  /// Copies a key that may be missing.
  mutating func copy(_ key: String, to name: String) throws {
    if let number = try metadata.number(prefix + key) { set(name, number) }
  }

  private mutating func size(_ key: String) throws -> Int {
    guard let size = try metadata.size(prefix + key) else {
      throw metadata.corrupt(prefix + key, "is missing")
    }
    return size
  }

  private mutating func addSizes() throws {
    let isGPT2 = family == .gpt2
    (layers, hidden) = (try size("block_count"), try size("embedding_length"))
    heads = try size("attention.head_count")
    guard heads > 0, hidden > 0 else {
      throw metadata.corrupt(prefix + "attention.head_count", "is \(heads), with an embedding of \(hidden)")
    }
    guard layers > 0, layers <= file.entries.count else {
      throw metadata.corrupt(
        prefix + "block_count", "is \(layers), but there are \(file.entries.count) tensors")
    }
    set(isGPT2 ? "n_layer" : "num_hidden_layers", layers)
    set(isGPT2 ? "n_embd" : "hidden_size", hidden)
    set(isGPT2 ? "n_head" : "num_attention_heads", heads)
    set(isGPT2 ? "n_inner" : "intermediate_size", try size("feed_forward_length"))
    set(isGPT2 ? "n_positions" : "max_position_embeddings", try size("context_length"))
    // The tensor counts; some files say something else in vocab_size.
    guard let rows = file.entries["token_embd.weight"]?.shape.first else {
      throw TransformerError(.corrupt, "\(file.path) lacks tensor token_embd.weight")
    }
    set("vocab_size", rows)
    _ = try metadata.integer(prefix + "vocab_size")
    if try metadata.bool(prefix + "attention.causal") == false {
      throw metadata.unsupported(prefix + "attention.causal", "false", "true")
    }
    // Of files that were made from Meta's own: the rows of queries and keys lie as in all other ones.
    _ = try metadata.string(prefix + "tensor_data_layout")
  }

  private mutating func addGPT2() throws {
    try copy("attention.layer_norm_epsilon", to: "layer_norm_epsilon")
    set("activation_function", .string("gelu_new"))
    if let groups = try metadata.size(prefix + "attention.head_count_kv"), groups != heads {
      throw metadata.unsupported(
        prefix + "attention.head_count_kv", "\(groups)", "the number of heads, \(heads)")
    }
  }

  private mutating func addAttention() throws {
    let groups = try metadata.size(prefix + "attention.head_count_kv") ?? heads
    headSize = try metadata.size(prefix + "attention.key_length") ?? hidden / heads
    for key in ["attention.value_length", "rope.dimension_count"] {
      guard let size = try metadata.size(prefix + key), size != headSize else { continue }
      throw metadata.unsupported(prefix + key, "\(size)", "the width of a head, \(headSize)")
    }
    set("num_key_value_heads", groups)
    set("head_dim", headSize)
    guard let epsilon = try metadata.number(prefix + "attention.layer_norm_rms_epsilon") else {
      throw metadata.corrupt(prefix + "attention.layer_norm_rms_epsilon", "is missing")
    }
    set("rms_norm_eps", epsilon)
    switch family {
    case .gemma2, .gemma3: try addGemma()
    case .qwen2: set("hidden_act", .string("silu"))
    case .phi3:
      set("hidden_act", .string("silu"))
      let window = try metadata.size(prefix + "attention.sliding_window") ?? 0
      set("sliding_window", window == 0 ? .null : .number("\(window)"))
    default:
      set("hidden_act", .string("silu"))
      set("attention_bias", .bool(file.entries["blk.0.attn_output.bias"] != nil))
      if family == .llama { set("mlp_bias", .bool(file.entries["blk.0.ffn_down.bias"] != nil)) }
    }
  }

  private mutating func addGemma() throws {
    set("hidden_activation", .string("gelu_pytorch_tanh"))
    try copy("attn_logit_softcapping", to: "attn_logit_softcapping")
    try copy("final_logit_softcapping", to: "final_logit_softcapping")
    // The file does not say by what attention is scaled. The models of 27B, which their layers tell, are the only ones
    // that differ.
    let is27B = layers == (family == .gemma2 ? 46 : 62)
    set("query_pre_attn_scalar", is27B ? hidden / heads : headSize)
    let window = try metadata.size(prefix + "attention.sliding_window")
    if family == .gemma2 { return set("sliding_window", window ?? 4096) }
    let slides: [Bool]
    if case .integers(let list)? = file.metadata[prefix + "attention.sliding_window_pattern"] {
      _ = try metadata.integers(prefix + "attention.sliding_window_pattern")
      slides = list.map { $0 != 0 }
    } else {
      let period = max(1, try metadata.integer(prefix + "attention.sliding_window_pattern") ?? 6)
      slides = (0..<layers).map { ($0 + 1) % period != 0 }
    }
    let width = window ?? 0
    if width > 0 { set("sliding_window", width) }
    set(
      "layer_types",
      .array(slides.map { .string(width > 0 && $0 ? "sliding_attention" : "full_attention") }))
  }

  /// Also says what there is not, since transformers has defaults of its own.
  private mutating func addTokens() throws {
    func id(_ value: Int?) -> JSON { value.map { .number("\($0)") } ?? .null }
    set("bos_token_id", id(try metadata.integer("tokenizer.ggml.bos_token_id")))
    var ends: [Int] = []
    for key in ["eos", "eot", "eom"] {
      guard let end = try metadata.integer("tokenizer.ggml.\(key)_token_id"), !ends.contains(end) else {
        continue
      }
      ends.append(end)
    }
    set("eos_token_id", ends.count > 1 ? .array(ends.map { id($0) }) : id(ends.first))
    set("pad_token_id", id(try metadata.integer("tokenizer.ggml.padding_token_id")))
  }

  private func checkLeftovers() throws {
    let left = file.metadata.filter {
      $0.key.hasPrefix(prefix) && !metadata.asked.contains($0.key) && !$0.value.isOff
    }
    guard let key = left.keys.min(), let value = left[key] else { return }
    throw TransformerError(
      .unsupported,
      "\(file.path) has \(key) \(value.text), which this engine does not know; use the model's Hugging Face folder"
    )
  }
}
