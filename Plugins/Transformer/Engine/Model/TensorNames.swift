/// Names of tensors in checkpoints, without ".weight" and ".bias" where a tensor may have both.
struct TensorNames {
  struct Block {
    let inputNorm, attentionOutputNorm, postAttentionNorm, feedForwardOutputNorm, queryNorm, keyNorm: String
    let qkv: [String]
    let output: String
    let gate: [String]
    let down: String
  }

  let embedding, positions, finalNorm, unembedding: String
  /// Whether matrices are stored as [in, out].
  let isTransposed: Bool
  private let naming: Architecture.Naming
  private let normalizesOutputs, isGated: Bool

  init(_ made: Architecture) {
    naming = made.naming
    normalizesOutputs = made.normalizesOutputs
    isGated = made.isGated
    unembedding = "lm_head.weight"
    isTransposed = made.naming == .gpt2
    switch made.naming {
    case .llama, .phi3:
      (embedding, positions, finalNorm) = ("model.embed_tokens.weight", "", "model.norm")
    case .gpt2:
      (embedding, positions) = ("transformer.wte.weight", "transformer.wpe.weight")
      finalNorm = "transformer.ln_f"
    }
  }

  func block(_ layer: Int) -> Block {
    guard naming != .gpt2 else {
      let prefix = "transformer.h.\(layer)."
      return Block(
        inputNorm: prefix + "ln_1", attentionOutputNorm: "", postAttentionNorm: prefix + "ln_2",
        feedForwardOutputNorm: "",
        queryNorm: "", keyNorm: "", qkv: [prefix + "attn.c_attn"], output: prefix + "attn.c_proj",
        gate: [prefix + "mlp.c_fc"], down: prefix + "mlp.c_proj")
    }
    let prefix = "model.layers.\(layer)."
    let attention = prefix + "self_attn."
    let isFused = naming == .phi3
    let gate = isGated ? ["gate_proj", "up_proj"] : ["up_proj"]
    return Block(
      inputNorm: prefix + "input_layernorm", attentionOutputNorm: prefix + "post_attention_layernorm",
      postAttentionNorm: prefix
        + (normalizesOutputs ? "pre_feedforward_layernorm" : "post_attention_layernorm"),
      feedForwardOutputNorm: prefix + "post_feedforward_layernorm", queryNorm: attention + "q_norm.weight",
      keyNorm: attention + "k_norm.weight",
      qkv: isFused ? [attention + "qkv_proj"] : ["q_proj", "k_proj", "v_proj"].map { attention + $0 },
      output: attention + "o_proj",
      gate: isFused ? [prefix + "mlp.gate_up_proj"] : gate.map { prefix + "mlp." + $0 },
      down: prefix + "mlp.down_proj")
  }

  /// What a file may hold beside the weights: buffers that some versions stored.
  func isSurplus(_ name: String) -> Bool {
    name.split(separator: ".").contains("rotary_emb")
      || naming == .gpt2 && (name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias"))
  }

  /// The name in files that were saved without the unembedding.
  func bare(_ name: String) -> String {
    for prefix in ["model.", "transformer."] where name.hasPrefix(prefix) {
      return String(name.dropFirst(prefix.count))
    }
    return name
  }
}
