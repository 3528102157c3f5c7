/// One weight tensor inside the flat storage, under its Hugging Face name.
struct ParameterTensor: Sendable {
  enum Role: Sendable { case embedding, matrix, residualOutput, norm }

  let name: String
  /// Row-major [rows, columns]; a vector has one row.
  let rows, columns: Int
  let offset: Int
  let role: Role

  var count: Int { rows * columns }
  var dimensions: [Int] { role == .norm ? [columns] : [rows, columns] }
}

/// Where each weight lies in the flat storage.
///
/// Query, key and value matrices are neighbours, and so are gate and up: each group is one matrix product.
struct ParameterLayout: Sendable {
  struct Block: Sendable { let inputNorm, fused, output, middleNorm, gateUp, down: Int }

  private(set) var tensors: [ParameterTensor] = []
  private(set) var blocks: [Block] = []
  let hidden: Int
  private(set) var embedding = 0
  private(set) var finalNorm = 0
  /// Equal to `embedding` when tied.
  private(set) var head = 0
  /// Size of the storage, with padding.
  private(set) var count = 0

  init(_ shape: Shape) {
    let widths = Widths(shape)
    hidden = shape.hidden
    embedding = add("model.embed_tokens.weight", shape.vocabulary, shape.hidden, .embedding)
    for layer in 0..<shape.layers {
      let prefix = "model.layers.\(layer)."
      let inputNorm = add(prefix + "input_layernorm.weight", 1, shape.hidden, .norm)
      let fused = add(prefix + "self_attn.q_proj.weight", widths.query, shape.hidden, .matrix)
      add(prefix + "self_attn.k_proj.weight", widths.keyValue, shape.hidden, .matrix, follows: true)
      add(prefix + "self_attn.v_proj.weight", widths.keyValue, shape.hidden, .matrix, follows: true)
      let output = add(prefix + "self_attn.o_proj.weight", shape.hidden, widths.query, .residualOutput)
      let middleNorm = add(prefix + "post_attention_layernorm.weight", 1, shape.hidden, .norm)
      let gateUp = add(prefix + "mlp.gate_proj.weight", shape.feedForward, shape.hidden, .matrix)
      add(prefix + "mlp.up_proj.weight", shape.feedForward, shape.hidden, .matrix, follows: true)
      let down = add(prefix + "mlp.down_proj.weight", shape.hidden, shape.feedForward, .residualOutput)
      blocks.append(
        Block(
          inputNorm: inputNorm, fused: fused, output: output, middleNorm: middleNorm, gateUp: gateUp,
          down: down))
    }
    finalNorm = add("model.norm.weight", 1, shape.hidden, .norm)
    head = shape.tied ? embedding : add("lm_head.weight", shape.vocabulary, shape.hidden, .matrix)
  }

  @discardableResult
  private mutating func add(
    _ name: String, _ rows: Int, _ columns: Int, _ role: ParameterTensor.Role, follows: Bool = false
  ) -> Int {
    let offset = follows ? count : (count + 15) / 16 * 16
    tensors.append(ParameterTensor(name: name, rows: rows, columns: columns, offset: offset, role: role))
    count = offset + rows * columns
    return offset
  }
}
