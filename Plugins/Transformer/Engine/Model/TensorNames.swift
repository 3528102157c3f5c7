/// Names of tensors in checkpoints, without ".weight" and ".bias" where a tensor may have both.
struct TensorNames {
  struct Block {
    let inputNorm, attentionNorm, middleNorm, feedForwardNorm, queryNorm, keyNorm: String
    let fused: [String]
    let output: String
    let gate: [String]
    let down: String
  }

  let embedding, positions, finalNorm, head: String
  /// Whether matrices are stored as [in, out].
  let isTransposed: Bool
  private let naming: Architecture.Naming
  private let normalisesOutputs, isGated: Bool

  init(_ made: Architecture) {
    naming = made.naming
    normalisesOutputs = made.normalisesOutputs
    isGated = made.isGated
    head = "lm_head.weight"
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
        inputNorm: prefix + "ln_1", attentionNorm: "", middleNorm: prefix + "ln_2", feedForwardNorm: "",
        queryNorm: "", keyNorm: "", fused: [prefix + "attn.c_attn"], output: prefix + "attn.c_proj",
        gate: [prefix + "mlp.c_fc"], down: prefix + "mlp.c_proj")
    }
    let prefix = "model.layers.\(layer)."
    let attention = prefix + "self_attn."
    let isFused = naming == .phi3
    let gate = isGated ? ["gate_proj", "up_proj"] : ["up_proj"]
    return Block(
      inputNorm: prefix + "input_layernorm", attentionNorm: prefix + "post_attention_layernorm",
      middleNorm: prefix
        + (normalisesOutputs ? "pre_feedforward_layernorm" : "post_attention_layernorm"),
      feedForwardNorm: prefix + "post_feedforward_layernorm", queryNorm: attention + "q_norm.weight",
      keyNorm: attention + "k_norm.weight",
      fused: isFused ? [attention + "qkv_proj"] : ["q_proj", "k_proj", "v_proj"].map { attention + $0 },
      output: attention + "o_proj",
      gate: isFused ? [prefix + "mlp.gate_up_proj"] : gate.map { prefix + "mlp." + $0 },
      down: prefix + "mlp.down_proj")
  }

  /// What a file may hold beside the weights: buffers that some versions stored.
  func isSurplus(_ name: String) -> Bool {
    name.hasSuffix(".rotary_emb.inv_freq")
      || naming == .gpt2 && (name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias"))
  }

  /// The name in files that were saved without the head.
  func bare(_ name: String) -> String {
    for prefix in ["model.", "transformer."] where name.hasPrefix(prefix) {
      return String(name.dropFirst(prefix.count))
    }
    return name
  }
}
