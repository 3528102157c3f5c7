internal import CPolya

/// The C tables of ``Model``. The type's other conformances determine which table it gets.
enum ModelTable {
  static func pointer(for type: any Model.Type) -> UnsafeRawPointer {
    let flags = [
      type is any LoadableModel.Type, type is any ChatModel.Type, type is any TrainableModel.Type,
      type is any EmbeddingModel.Type,
    ]
    return tables[flags.reduce(0) { 2 * $0 + ($1 ? 1 : 0) }]
  }

  /// One table for each combination of loading, chat, training, and embedding.
  ///
  /// Safety: Written once before they are visible to others, and constant afterwards.
  private nonisolated(unsafe) static let tables: [UnsafeRawPointer] = (0..<16).map { flags in
    var table = base()
    if flags & 8 != 0 { table.load = load }
    if flags & 4 != 0 { table.render = render }
    if flags & 2 != 0 { table = addingTraining(table) }
    if flags & 1 != 0 { table.embed = embed }
    return permanent(table)
  }

  private static func base() -> PolyaModel {
    var table = PolyaModel()
    table.struct_size = tableSize(of: PolyaModel.self)
    table.info = info
    table.encode = encode
    table.decode = decode
    table.generate = generate
    table.score = score
    return table
  }

  typealias Rows =
    @convention(c) (OpaquePointer?, UnsafePointer<PolyaCall>?, PolyaRows, PolyaRowsMut) -> PolyaStatus

  private static let info:
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, UnsafeMutablePointer<PolyaModelInfo>?
    ) -> PolyaStatus = { instance, call, out in
      serve(instance, call, as: { $0.model }) { model, scope in
        guard let out else { throw Failure(.badArgument, "'info' was called without an output") }
        try fill(out, model, scope.arena)
      }
    }

  private static func fill(_ out: UnsafeMutablePointer<PolyaModelInfo>, _ model: any Model, _ arena: Arena)
    throws
  {
    let info = model.info
    out.pointee.name = try arena.text(info.name)
    out.pointee.family = try arena.text(info.family)
    out.pointee.device = try arena.text(info.device)
    out.pointee.dtype = try arena.text(info.dtype)
    if let model = model as? any ChatModel, model.hasTemplate {
      out.pointee.features |= ContractBits.modelChat
    }
    if info.sharesForward { out.pointee.features |= ContractBits.modelOneForward }
    if info.masks { out.pointee.features |= ContractBits.modelMask }
    out.pointee.parameters = UInt64(info.parameters)
    out.pointee.vocab_size = Int32(info.vocabularySize)
    out.pointee.context_length = Int32(info.contextLength)
    out.pointee.layers = UInt32(clamping: info.layers)
    out.pointee.bos = info.bos ?? -1
    out.pointee.eos = info.eos ?? -1
    withUnsafeMutableBytes(of: &out.pointee.tokenizer_hash) {
      $0.copyBytes(from: info.tokenizerHash.prefix($0.count))
    }
  }

  private static let encode: Rows = { instance, call, input, output in
    serve(instance, call, as: { $0.model }) { model, scope in
      let tokens = try model.encode(input.map(PolyaText.self) { String($0) }, scope.call)
      for (index, ids) in tokens.enumerated() {
        output.row(index, as: PolyaTokens.self).pointee = try scope.arena.tokens(ids)
      }
    }
  }

  private static let decode: Rows = { instance, call, input, output in
    serve(instance, call, as: { $0.model }) { model, scope in
      let tokens = input.map(PolyaTokens.self) { Array(copying: $0.ids, count: $0.count) }
      for (index, bytes) in try model.decode(tokens, scope.call).enumerated() {
        output.row(index, as: PolyaBytes.self).pointee = try scope.arena.data(bytes)
      }
    }
  }

  private static let embed: Rows = { instance, call, input, output in
    serve(instance, call, as: { $0.embedding }) { model, scope in
      let texts = input.map(PolyaTokens.self) { Array(copying: $0.ids, count: $0.count) }
      for (index, values) in try model.embed(texts, scope.call).enumerated() {
        let row = output.row(index, as: PolyaEmbedding.self)
        row.pointee = PolyaEmbedding(values: try scope.arena.copy(values), count: UInt64(values.count))
      }
    }
  }

  private static let render: Rows = { instance, call, input, output in
    serve(instance, call, as: { $0.chat }) { model, scope in
      let chats = input.map(PolyaRows.self) { $0.map(PolyaMessage.self) { Message($0) } }
      for (index, ids) in try model.render(chats, scope.call).enumerated() {
        output.row(index, as: PolyaTokens.self).pointee = try scope.arena.tokens(ids)
      }
    }
  }

  private static let generate: Rows = { instance, call, input, output in
    serve(instance, call, as: { $0.model }) { model, scope in
      let prompts = input.map(PolyaPrompt.self) { Prompt($0) }
      let samples = try model.generate(prompts, scope.call)
      guard samples.count == prompts.reduce(0, { $0 + $1.samples }) else {
        throw Failure(.internal, "the model returned the wrong number of samples, \(samples.count)")
      }
      for (row, sample) in samples.enumerated() {
        try fill(output.row(row, as: PolyaSample.self), Int(output.stride), sample, scope.arena)
        if sample.finish != .cancelled { scope.call.finished(row) }
      }
      // A model may stop early instead of throwing, which still counts as stopped.
      try scope.call.checkStop()
    }
  }

  private static func fill(
    _ row: UnsafeMutablePointer<PolyaSample>, _ stride: Int, _ sample: Sample, _ arena: Arena
  ) throws {
    row.pointee.finish = sample.finish.rawValue
    row.pointee.text = try arena.data(sample.text)
    row.pointee.tokens = try arena.tokens(sample.tokens)
    row.pointee.logprobs = try arena.copy(sample.logprobs)
    // The rows of a host of ABI 1.0 end here.
    guard stride >= MemoryLayout<PolyaSample>.size else { return }
    row.pointee.mask = try arena.tokens(sample.mask.ids)
    row.pointee.mask_ends = try arena.tokens(sample.mask.ends)
    row.pointee.mask_logmass = try arena.copy(sample.maskLogMass)
  }

  private static let score: Rows = { instance, call, input, output in
    serve(instance, call, as: { $0.model }) { model, scope in
      let sequences = try readSequences(input, output)
      writeScored(try model.score(sequences, scope.call), to: output)
    }
  }

  static func readSequences(_ input: PolyaRows, _ output: PolyaRowsMut) throws -> [TokenSequence] {
    var index = 0
    return try input.map(PolyaSequence.self) { sequence in
      defer { index += 1 }
      guard sequence.from >= 1, sequence.from <= sequence.tokens.count else {
        throw Failure(
          .badArgument, "cannot score \(sequence.tokens.count) tokens from index \(sequence.from)")
      }
      return TokenSequence(
        tokens: Array(copying: sequence.tokens.ids, count: sequence.tokens.count), from: Int(sequence.from),
        group: sequence.group, temperature: sequence.temperature == 0 ? 1 : sequence.temperature,
        wantsEntropies: output.row(index, as: PolyaScored.self).pointee.entropies != nil,
        mask: SamplingMask(
          ids: Array(copying: sequence.mask.ids, count: sequence.mask.count),
          ends: Array(copying: sequence.mask_ends.ids, count: sequence.mask_ends.count)))
    }
  }

  static func writeScored(_ scored: [Scored], to output: PolyaRowsMut) {
    for (index, values) in scored.enumerated() {
      let row = output.row(index, as: PolyaScored.self).pointee
      row.logprobs?.update(from: values.logprobs, count: values.logprobs.count)
      row.entropies?.update(from: values.entropies, count: values.entropies.count)
    }
  }
}

extension Prompt {
  init(_ prompt: PolyaPrompt) {
    self.init(
      id: prompt.item_id, seed: prompt.seed,
      tokens: Array(copying: prompt.tokens.ids, count: prompt.tokens.count),
      samples: Int(prompt.samples), maxTokens: Int(prompt.max_tokens), temperature: prompt.temperature,
      topK: prompt.top_k > 0 ? Int(prompt.top_k) : nil, topP: prompt.top_p, minP: prompt.min_p,
      stop: prompt.stop.map(PolyaText.self) { String($0) }, wantsMask: prompt.wants_mask != 0)
  }
}
