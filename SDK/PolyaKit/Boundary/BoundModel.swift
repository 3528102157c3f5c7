internal import CPolya

/// A model of the manifest that one of the plugin's options names.
///
/// Lifetime: Valid during the call. Any thread of the call may use it; calls of the model are serialized.
public struct BoundModel {
  private let call: Call
  private let name: String
  private let table: UnsafePointer<PolyaModels>

  fileprivate init(_ name: String, _ call: Call) throws {
    let host = call.raw.pointee.host
    guard let table = host?.pointee.service(host, POLYA_MODELS) else {
      throw Failure(
        .unsupported, "the model '\(name)' is not available: this host does not lend models to plugins")
    }
    self.call = call
    self.name = name
    self.table = table.assumingMemoryBound(to: PolyaModels.self)
  }

  /// The name, sizes, and identity of the model. Unknown sizes are -1.
  public func info() throws -> ModelInfo {
    var raw = PolyaModelInfo()
    raw.struct_size = UInt32(MemoryLayout<PolyaModelInfo>.size)
    try check { table.pointee.info(call.raw, $0, &raw) }
    let hash = withUnsafeBytes(of: raw.tokenizer_hash) { Array($0) }
    return ModelInfo(
      name: String(raw.name), family: String(raw.family), device: String(raw.device),
      dtype: String(raw.dtype), sharesForward: raw.features & ContractBits.modelOneForward != 0,
      parameters: Int(clamping: raw.parameters),
      vocabularySize: Int(raw.vocab_size), contextLength: Int(raw.context_length), layers: Int(raw.layers),
      bos: raw.bos >= 0 ? raw.bos : nil, eos: raw.eos >= 0 ? raw.eos : nil,
      tokenizerHash: hash.allSatisfy { $0 == 0 } ? [] : hash,
      masks: raw.features & ContractBits.modelMask != 0)
  }

  /// The longest sequence in tokens.
  public func contextLength() throws -> Int {
    let length = try info().contextLength
    return length > 0 ? length : .max
  }

  /// Returns the token ids of each text, without special tokens.
  public func encode(_ texts: [String]) throws -> [[Int32]] {
    let rows = try Arena(call: call.raw).texts(texts)
    return try tokens(texts.count, rows, table.pointee.encode)
  }

  /// Returns the token ids of a prompt for each conversation. A model without a chat template joins the
  /// contents of the messages.
  public func promptTokens(_ chats: [[Message]]) throws -> [[Int32]] {
    let arena = Arena(call: call.raw)
    return try tokens(
      chats.count, try arena.rows(try chats.map { try arena.messages($0) }), table.pointee.render)
  }

  /// Returns the log-probs of `tokens[from...]` of each sequence.
  public func score(_ sequences: [TokenSequence]) throws -> [Scored] {
    let arena = Arena(call: call.raw)
    let counts = try sequences.map { sequence in
      guard sequence.from >= 1, sequence.from <= sequence.tokens.count else {
        throw Failure(
          .badArgument, "cannot score \(sequence.tokens.count) tokens from index \(sequence.from)")
      }
      return sequence.tokens.count - sequence.from
    }
    let input = try arena.rows(
      try sequences.map {
        PolyaSequence(
          item_id: 0, tokens: try arena.tokens($0.tokens), from: UInt64($0.from), group: $0.group,
          temperature: $0.temperature, mask: try arena.tokens($0.mask.ids),
          mask_ends: try arena.tokens($0.mask.ends))
      })
    let (output, places) = try self.places(PolyaScored.self, sequences.count)
    for (index, sequence) in sequences.enumerated() {
      places[index].logprobs = try floats(counts[index])
      if sequence.wantsEntropies { places[index].entropies = try floats(counts[index]) }
    }
    try check { table.pointee.score(call.raw, $0, input, output) }
    return sequences.indices.map { index in
      let row = places[index]
      return Scored(
        logprobs: Array(copying: row.logprobs, count: UInt64(counts[index])),
        entropies: Array(copying: row.entropies, count: UInt64(counts[index])))
    }
  }

  /// Returns all samples of all prompts, in prompt order.
  public func generate(_ prompts: [Prompt]) throws -> [Sample] {
    let arena = Arena(call: call.raw)
    let input = try arena.rows(try prompts.map { try PolyaPrompt($0, arena) })
    let (output, places) = try self.places(PolyaSample.self, prompts.reduce(0) { $0 + $1.samples })
    try check { table.pointee.generate(call.raw, $0, input, output) }
    return (0..<Int(output.count)).map { index in
      let row = places[index]
      return Sample(
        finish: Sample.Finish(rawValue: row.finish) ?? .failed,
        text: Array(copying: row.text.data, count: row.text.size),
        tokens: Array(copying: row.tokens.ids, count: row.tokens.count),
        logprobs: Array(copying: row.logprobs, count: row.tokens.count),
        mask: SamplingMask(
          ids: Array(copying: row.mask.ids, count: row.mask.count),
          ends: Array(copying: row.mask_ends.ids, count: row.mask_ends.count)),
        maskLogMass: Array(copying: row.mask_logmass, count: row.mask_ends.count))
    }
  }

  private func floats(_ count: Int) throws -> UnsafeMutablePointer<Float> {
    try Arena(call: call.raw).bytes(max(count, 1) * MemoryLayout<Float>.stride, alignment: 8)
      .assumingMemoryBound(to: Float.self)
  }

  private func tokens(
    _ count: Int, _ input: PolyaRows,
    _ ask: (UnsafePointer<PolyaCall>?, PolyaText, PolyaRows, PolyaRowsMut) -> PolyaStatus
  ) throws -> [[Int32]] {
    let (output, places) = try self.places(PolyaTokens.self, count)
    try check { ask(call.raw, $0, input, output) }
    return (0..<count).map { Array(copying: places[$0].ids, count: places[$0].count) }
  }

  private func places<Row>(_ type: Row.Type, _ count: Int) throws -> (PolyaRowsMut, UnsafeMutablePointer<Row>)
  {
    let stride = MemoryLayout<Row>.stride
    let memory = try Arena(call: call.raw).bytes(max(count, 1) * stride, alignment: 8)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 1) * stride)
    let rows = PolyaRowsMut(base: memory, count: UInt64(count), stride: UInt32(stride), zero: 0)
    return (rows, memory.assumingMemoryBound(to: Row.self))
  }

  private func check(_ ask: (PolyaText) -> PolyaStatus) throws {
    let status = name.withPolyaText(ask)
    guard status != PolyaStatus(POLYA_OK) else { return }
    if status == PolyaStatus(POLYA_OUT_OF_MEMORY) {
      throw Failure(.outOfMemory, "the results of the model '\(name)' exceed the call's memory limit")
    }
    let why = String(table.pointee.reason(call.raw))
    throw Failure(
      Failure.Code(rawValue: status) ?? .internal,
      "the model '\(name)' cannot be used: \(why.isEmpty ? "models are available in calls, not in create" : why)"
    )
  }
}

extension PolyaPrompt {
  fileprivate init(_ prompt: Prompt, _ arena: Arena) throws {
    self.init()
    item_id = prompt.id
    seed = prompt.seed
    tokens = try arena.tokens(prompt.tokens)
    samples = UInt32(clamping: prompt.samples)
    max_tokens = UInt32(clamping: prompt.maxTokens)
    temperature = prompt.temperature
    top_p = prompt.topP
    min_p = prompt.minP
    top_k = Int32(clamping: prompt.topK ?? 0)
    stop = try arena.texts(prompt.stop)
    wants_mask = prompt.wantsMask ? 1 : 0
  }
}

extension Call {
  /// Returns the model that an option of the plugin names. `name` is the value of the option.
  ///
  /// - Throws: ``Failure`` with code `unsupported` if the host does not lend models.
  public func model(_ name: String) throws -> BoundModel { try BoundModel(name, self) }
}
