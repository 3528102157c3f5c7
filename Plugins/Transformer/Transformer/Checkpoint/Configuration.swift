/// `config.json` in the Hugging Face form of LlamaForCausalLM.
struct Configuration: Sendable, Equatable {
  var shape: Shape
  var bos: Int32?
  var eos: [Int32]
  var pad: Int32?

  init(shape: Shape, bos: Int32?, eos: [Int32], pad: Int32?) {
    self.shape = shape
    self.bos = bos
    self.eos = eos
    self.pad = pad
  }

  /// Reads what this engine can compute, and names the key that it cannot.
  init(_ json: JSON, path: String) throws {
    let reader = Reader(json: json, path: path)
    try reader.checkArchitecture()
    let hidden = try reader.integer("hidden_size")
    let heads = try reader.integer("num_attention_heads")
    guard heads > 0 else { throw TransformerError(.corrupt, "num_attention_heads in \(path) is \(heads)") }
    shape = Shape(
      hidden: hidden, layers: try reader.integer("num_hidden_layers"), heads: heads,
      keyValueHeads: try reader.optionalInteger("num_key_value_heads") ?? heads,
      headSize: try reader.optionalInteger("head_dim") ?? hidden / heads,
      feedForward: try reader.integer("intermediate_size"), vocabulary: try reader.integer("vocab_size"),
      context: try reader.optionalInteger("max_position_embeddings") ?? 2048,
      rotaryBase: try reader.rotaryBase(),
      normEpsilon: try reader.optionalNumber("rms_norm_eps") ?? 1e-6,
      tied: try reader.optionalBool("tie_word_embeddings") ?? false)
    bos = try reader.tokens("bos_token_id").first
    eos = try reader.tokens("eos_token_id")
    pad = try reader.tokens("pad_token_id").first
    do { try shape.validate() } catch let error as TransformerError {
      throw TransformerError(.unsupported, "\(path): \(error.message)")
    }
  }

  /// The file's text, which transformers reads.
  var text: String {
    func id(_ token: Int32?) -> String { token.map(String.init) ?? "null" }
    let end = eos.count > 1 ? "[\(eos.map(String.init).joined(separator: ", "))]" : id(eos.first)
    let lines = [
      "\"architectures\": [\"LlamaForCausalLM\"]", "\"attention_bias\": false", "\"attention_dropout\": 0.0",
      "\"bos_token_id\": \(id(bos))", "\"dtype\": \"float32\"", "\"eos_token_id\": \(end)",
      "\"head_dim\": \(shape.headSize)", "\"hidden_act\": \"silu\"", "\"hidden_size\": \(shape.hidden)",
      "\"initializer_range\": 0.02", "\"intermediate_size\": \(shape.feedForward)",
      "\"max_position_embeddings\": \(shape.context)", "\"mlp_bias\": false", "\"model_type\": \"llama\"",
      "\"num_attention_heads\": \(shape.heads)", "\"num_hidden_layers\": \(shape.layers)",
      "\"num_key_value_heads\": \(shape.keyValueHeads)", "\"pad_token_id\": \(id(pad))",
      "\"pretraining_tp\": 1",
      "\"rms_norm_eps\": \(shape.normEpsilon)", "\"rope_scaling\": null",
      "\"rope_theta\": \(shape.rotaryBase)",
      "\"tie_word_embeddings\": \(shape.tied)", "\"torch_dtype\": \"float32\"", "\"use_cache\": true",
      "\"vocab_size\": \(shape.vocabulary)",
    ]
    return "{\n" + lines.map { "  " + $0 }.joined(separator: ",\n") + "\n}\n"
  }
}

private struct Reader {
  let json: JSON
  let path: String

  private func unsupported(_ key: String, _ value: String, _ only: String) -> TransformerError {
    TransformerError(.unsupported, "\(key) in \(path) is \(value); this engine computes \(only) only")
  }

  func checkArchitecture() throws {
    guard json.members != nil else { throw TransformerError(.corrupt, "\(path) is not a JSON object") }
    if let names = json["architectures"]?.array?.map({ $0.string ?? "?" }), names != ["LlamaForCausalLM"] {
      throw unsupported("architectures", "\(names)", "LlamaForCausalLM")
    }
    if let type = json["model_type"], type.string != "llama" {
      throw unsupported("model_type", type.string ?? "not a text", "llama")
    }
    if json["architectures"] == nil, json["model_type"] == nil {
      throw TransformerError(
        .unsupported, "\(path) has neither architectures nor model_type; is it a model's?")
    }
    if let name = json["hidden_act"]?.string, name != "silu", name != "swish" {
      throw unsupported("hidden_act", name, "silu")
    }
    for key in ["attention_bias", "mlp_bias"] where try optionalBool(key) == true {
      throw unsupported(key, "true", "layers without biases")
    }
    if let rate = try optionalNumber("attention_dropout"), rate != 0 {
      throw unsupported("attention_dropout", "\(rate)", "no dropout")
    }
    if let degree = try optionalInteger("pretraining_tp"), degree > 1 {
      throw unsupported("pretraining_tp", "\(degree)", "1")
    }
    for key in ["quantization_config", "sliding_window"] where json[key] != nil {
      throw unsupported(key, "set", "models without it")
    }
  }

  /// `rope_theta`, or the `rope_parameters` of newer files.
  func rotaryBase() throws -> Double {
    for key in ["rope_scaling", "rope_parameters"] {
      guard let scaling = json[key] else { continue }
      let type = (scaling["rope_type"] ?? scaling["type"])?.string ?? "default"
      guard type == "default" else { throw unsupported("\(key).rope_type", type, "default") }
      if let factor = scaling["partial_rotary_factor"]?.double, factor != 1 {
        throw unsupported("\(key).partial_rotary_factor", "\(factor)", "1")
      }
      if let base = scaling["rope_theta"]?.double { return base }
    }
    return try optionalNumber("rope_theta") ?? 10_000
  }

  func integer(_ key: String) throws -> Int {
    guard let value = try optionalInteger(key) else {
      throw TransformerError(.corrupt, "\(path) lacks \(key)")
    }
    return value
  }

  func optionalInteger(_ key: String) throws -> Int? {
    guard let value = json[key] else { return nil }
    guard let number = value.integer else {
      throw TransformerError(.corrupt, "\(key) in \(path) is not an integer")
    }
    return number
  }

  func optionalNumber(_ key: String) throws -> Double? {
    guard let value = json[key] else { return nil }
    guard let number = value.double else {
      throw TransformerError(.corrupt, "\(key) in \(path) is not a number")
    }
    return number
  }

  func optionalBool(_ key: String) throws -> Bool? {
    guard let value = json[key] else { return nil }
    guard let bool = value.bool else {
      throw TransformerError(.corrupt, "\(key) in \(path) is not true or false")
    }
    return bool
  }

  /// One id or a list of them.
  func tokens(_ key: String) throws -> [Int32] {
    guard let value = json[key] else { return [] }
    return try (value.array ?? [value]).map {
      guard let number = $0.integer, let id = Int32(exactly: number) else {
        throw TransformerError(.corrupt, "\(key) in \(path) is not a token id")
      }
      return id
    }
  }
}
