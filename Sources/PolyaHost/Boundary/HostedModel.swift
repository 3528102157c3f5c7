internal import CPolya
internal import PolyaContract
internal import PolyaCore

/// Adapts a model plugin to the host's role.
final class HostedModel: LanguageModel {
  private(set) var info: ModelInfo
  let instance: PluginInstance

  init(_ instance: PluginInstance) throws {
    self.instance = instance
    try instance.require(.info, .encode, .decode, .generate)
    info = try Self.readInfo(instance)
  }

  func refreshInfo() throws { info = try Self.readInfo(instance) }

  private static func readInfo(_ instance: PluginInstance) throws -> ModelInfo {
    try instance.call(.info) { frame in
      let place = frame.output(1, of: PolyaModelInfo.self)
      place.base.pointee.struct_size = UInt32(MemoryLayout<PolyaModelInfo>.size)
      return CallRows(output: place.rows)
    } _: { rows in
      let raw = rows.output.first(PolyaModelInfo.self)
      let received = instance.received
      return ModelInfo(
        name: try received.text(raw.name, "its name"), family: try received.text(raw.family, "its family"),
        device: try received.text(raw.device, "its device"), dtype: try received.text(raw.dtype, "its dtype"),
        sharesForward: raw.features & ContractBits.modelOneForward != 0,
        trains: instance.has(.forward) && instance.has(.backward) && instance.has(.step),
        chats: raw.features & ContractBits.modelChat != 0, parameters: Int(clamping: raw.parameters),
        vocabularySize: raw.vocab_size > 0 ? Int(raw.vocab_size) : nil,
        contextLength: raw.context_length > 0 ? Int(raw.context_length) : nil,
        bos: raw.bos >= 0 ? raw.bos : nil, eos: raw.eos >= 0 ? raw.eos : nil,
        tokenizerHash: withUnsafeBytes(of: raw.tokenizer_hash) {
          $0.allSatisfy { $0 == 0 } ? nil : Array($0)
        },
        layers: raw.layers > 0 ? Int(raw.layers) : nil,
        masks: raw.features & ContractBits.modelMask != 0
      )
    }
  }

  func encode(_ texts: [String]) throws -> [[Int32]] {
    try tokenRows(.encode, count: texts.count) { frame in frame.rows(texts.map { frame.text($0) }) }
  }

  func decode(_ tokens: [[Int32]]) throws -> [[UInt8]] {
    try instance.call(.decode) { frame in
      CallRows(
        input: frame.rows(tokens.map { frame.tokens($0) }),
        output: frame.output(tokens.count, of: PolyaBytes.self).rows)
    } _: { rows in
      try tokens.indices.map {
        try instance.received.bytes(rows.output.row($0, PolyaBytes.self), "decoded bytes")
      }
    }
  }

  func promptTokens(for chats: [[Message]]) throws -> [[Int32]] {
    guard instance.has(.render) else {
      return try encode(chats.map { $0.map(\.content).joined() })
    }
    return try tokenRows(.render, count: chats.count) { frame in
      frame.rows(
        chats.map { chat in
          frame.rows(chat.map { PolyaMessage(role: frame.text($0.role), content: frame.text($0.content)) })
        })
    }
  }

  private func tokenRows(_ function: PluginFunction, count: Int, _ input: (CallFrame) -> PolyaRows) throws
    -> [[Int32]]
  {
    try instance.call(function) { frame in
      CallRows(input: input(frame), output: frame.output(count, of: PolyaTokens.self).rows)
    } _: { rows in
      try (0..<count).map { try tokens(rows.output.row($0, PolyaTokens.self)) }
    }
  }

  /// Returns the token ids after checking them; ids outside of the vocabulary would index wild memory in a
  /// trainer.
  private func tokens(_ raw: PolyaTokens) throws -> [Int32] {
    let ids = try instance.received.tokens(raw, "token ids")
    let limit = Int32(info.vocabularySize ?? Int(Int32.max))
    if let wild = ids.first(where: { $0 < 0 || $0 >= limit }) {
      throw Misbehavior("the token id \(wild) is outside of the vocabulary of \(limit)")
    }
    return ids
  }

  func embed(_ texts: [[Int32]]) throws -> [[Float]]? {
    guard instance.has(.embed) else { return nil }
    return try instance.call(.embed) { frame in
      CallRows(
        input: frame.rows(texts.map { frame.tokens($0) }),
        output: frame.output(texts.count, of: PolyaEmbedding.self).rows)
    } _: { rows in
      let vectors = try texts.indices.map { index in
        let row = rows.output.row(index, PolyaEmbedding.self)
        return try instance.received.array(row.values, row.count, "an embedding")
      }
      guard Set(vectors.map(\.count)).count <= 1, vectors.allSatisfy({ $0.allSatisfy(\.isFinite) }),
        vectors.first?.isEmpty != true
      else { throw Misbehavior("embeddings are empty, not finite, or of different lengths") }
      return vectors
    }
  }

  func generate(_ requests: [GenerationRequest]) throws -> [[Completion]] {
    let count = requests.reduce(0) { $0 + $1.samples }
    return try instance.call(.generate) { frame in
      CallRows(
        input: frame.rows(requests.map { prompt($0, frame) }),
        output: frame.output(count, of: PolyaSample.self).rows)
    } _: { rows in
      var row = 0
      return try requests.map { request in
        try (0..<request.samples).map { _ in
          defer { row += 1 }
          return try completion(rows.output.row(row, PolyaSample.self))
        }
      }
    }
  }

  private func prompt(_ request: GenerationRequest, _ frame: CallFrame) -> PolyaPrompt {
    var prompt = PolyaPrompt()
    prompt.item_id = request.id
    prompt.seed = request.seed
    prompt.tokens = frame.tokens(request.tokens)
    prompt.samples = UInt32(request.samples)
    prompt.max_tokens = UInt32(request.sampling.maxTokens)
    prompt.temperature = request.sampling.temperature
    prompt.top_p = request.sampling.topP
    prompt.min_p = request.sampling.minP
    prompt.top_k = Int32(request.sampling.topK)
    prompt.wants_mask = request.wantsMask ? 1 : 0
    prompt.stop = frame.rows(request.sampling.stop.map { frame.text($0) })
    return prompt
  }

  private func completion(_ sample: PolyaSample) throws -> Completion {
    guard sample.status == PolyaStatus(POLYA_OK) else {
      throw Misbehavior("a sample failed: \(instance.reasons(of: [sample.status])[0])")
    }
    let finish: Completion.Finish =
      switch Int(sample.finish) {
      case Int(POLYA_END_STOP): .stop
      case Int(POLYA_END_LENGTH): .length
      case Int(POLYA_END_CANCELLED): .cancelled
      case Int(POLYA_END_FILTERED): .filtered
      default: throw Misbehavior("a sample has the unknown finish reason \(sample.finish)")
      }
    let ids = try tokens(sample.tokens)
    let logprobs = try instance.received.array(
      sample.logprobs, sample.logprobs == nil ? 0 : UInt64(ids.count), "log-probs")
    guard logprobs.allSatisfy({ $0.isFinite && $0 <= 1e-3 }) else {
      throw Misbehavior("the log-prob of a sampled token is not finite or is above 0")
    }
    var completion = Completion(
      finish: finish, text: try instance.received.bytes(sample.text, "sampled text"), tokens: ids,
      logprobs: logprobs)
    completion.mask = SamplingMask(
      ids: try tokens(sample.mask), ends: try instance.received.tokens(sample.mask_ends, "ends of a mask"))
    guard !completion.mask.isEmpty else { return completion }
    if let problem = completion.mask.problem(of: ids) { throw Misbehavior("a sampling mask \(problem)") }
    completion.maskLogMass = try instance.received.array(
      sample.mask_logmass, UInt64(ids.count), "a mask's mass")
    guard completion.maskLogMass.allSatisfy({ $0.isFinite && $0 <= 1e-3 }) else {
      throw Misbehavior("the mass of a sampling mask is not finite or is above 1")
    }
    return completion
  }
}
