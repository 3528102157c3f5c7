internal import PolyaKit
internal import TransformerFiles

/// `config.json` in Hugging Face form.
struct Configuration: Sendable, Equatable {
  var shape: Shape
  /// For messages: "llama", "qwen2", ...
  var family: String
  var bos: Int32?
  var eos: [Int32]
  var pad: Int32?
  /// The file it was read from, which is stored again with the weights.
  private var source: JSON?

  /// Of a Llama from scratch.
  init(shape: Shape, bos: Int32?, eos: [Int32], pad: Int32?) {
    self.shape = shape
    self.bos = bos
    self.eos = eos
    self.pad = pad
    family = "llama"
  }

  /// Reads what this engine can compute, and names the key that it cannot.
  init(_ json: JSON, path: String) throws {
    let reader = ConfigurationReader(json: json, path: path)
    let family = try ModelFamily(reader)
    self.family = family.rawValue
    shape = try family.shape(reader)
    bos = try reader.tokens("bos_token_id").first
    eos = try reader.tokens("eos_token_id")
    pad = try reader.tokens("pad_token_id").first
    source = json
    do { try shape.validate() } catch let error as TransformerError {
      throw TransformerError(.unsupported, "\(path): \(error.message)")
    }
  }

  /// Gives the model an output matrix of its own.
  mutating func untie() {
    shape.tied = false
    guard let members = source?.members else { return }
    let key = "tie_word_embeddings"
    source = .object(members.filter { $0.key != key } + [(key, .bool(false))])
  }

  /// The file's text, which transformers reads.
  var text: String {
    guard case .object(let members)? = source else { return fresh }
    // Weights are stored in single precision, whatever they were read from.
    let types = ["torch_dtype", "dtype"]
    let changed = members.map { types.contains($0.key) ? (key: $0.key, value: JSON.string("float32")) : $0 }
    let missing = types.filter { type in !members.contains { $0.key == type } }
    return JSON.object(changed + missing.map { ($0, .string("float32")) }).text + "\n"
  }

  private var fresh: String {
    func id(_ token: Int32?) -> JSON { token.map { .number("\($0)") } ?? .null }
    func number(_ value: Int) -> JSON { .number("\(value)") }
    let end: JSON = eos.count > 1 ? .array(eos.map { .number("\($0)") }) : id(eos.first)
    return JSON.object([
      ("architectures", .array([.string("LlamaForCausalLM")])), ("attention_bias", .bool(false)),
      ("attention_dropout", .number("0.0")), ("bos_token_id", id(bos)), ("dtype", .string("float32")),
      ("eos_token_id", end), ("head_dim", number(shape.headSize)), ("hidden_act", .string("silu")),
      ("hidden_size", number(shape.hidden)), ("initializer_range", .number("0.02")),
      ("intermediate_size", number(shape.feedForward)), ("max_position_embeddings", number(shape.context)),
      ("mlp_bias", .bool(false)), ("model_type", .string("llama")),
      ("num_attention_heads", number(shape.heads)), ("num_hidden_layers", number(shape.layers)),
      ("num_key_value_heads", number(shape.keyValueHeads)), ("pad_token_id", id(pad)),
      ("pretraining_tp", number(1)), ("rms_norm_eps", .number("\(shape.normEpsilon)")),
      ("rope_scaling", .null), ("rope_theta", .number("\(shape.rotary.base)")),
      ("tie_word_embeddings", .bool(shape.tied)), ("torch_dtype", .string("float32")),
      ("use_cache", .bool(true)), ("vocab_size", number(shape.vocabulary)),
    ]).text + "\n"
  }
}
