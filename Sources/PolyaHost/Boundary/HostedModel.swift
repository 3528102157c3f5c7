internal import CPolya
internal import PolyaCore

/// A model plugin behind the host's own role.
final class HostedModel: LanguageModel {
  private(set) var info: ModelInfo
  let instance: PluginInstance
  let table: PolyaModel

  init(_ instance: PluginInstance) throws {
    self.instance = instance
    table = try instance.table(as: PolyaModel.self)
    _ = try instance.required(table.encode, "encode")
    _ = try instance.required(table.decode, "decode")
    _ = try instance.required(table.generate, "generate")
    info = try Self.readInfo(instance, table)
  }

  func refreshInfo() throws { info = try Self.readInfo(instance, table) }

  private static func readInfo(_ instance: PluginInstance, _ table: PolyaModel) throws -> ModelInfo {
    let function = try instance.required(table.info, "info")
    instance.frame.begin(seed: 0)
    var raw = PolyaModelInfo()
    raw.struct_size = UInt32(MemoryLayout<PolyaModelInfo>.size)
    return try instance.call("info") { call in
      let status = function(instance.raw, call, &raw)
      return (
        status,
        {
          ModelInfo(
            name: try Received.text(raw.name, "its name"),
            family: try Received.text(raw.family, "its family"),
            device: try Received.text(raw.device, "its device"),
            dtype: try Received.text(raw.dtype, "its dtype"),
            sharesForward: raw.features & (1 << 5) != 0, trains: raw.features & (1 << 2) != 0,
            chats: raw.features & (1 << 4) != 0, parameters: Int(raw.parameters),
            vocabularySize: raw.vocab_size > 0 ? Int(raw.vocab_size) : nil,
            contextLength: raw.context_length > 0 ? Int(raw.context_length) : nil,
            bos: raw.bos >= 0 ? raw.bos : nil, eos: raw.eos >= 0 ? raw.eos : nil,
            pad: raw.pad >= 0 ? raw.pad : nil)
        }
      )
    }
  }

  func encode(_ texts: [String]) throws -> [[Int32]] {
    let encode = try instance.required(table.encode, "encode")
    let frame = instance.frame
    frame.begin(seed: 0)
    let items = frame.rows(texts.map { frame.text($0) })
    return try tokenRows("encode", count: texts.count) { encode(instance.raw, $0, items, $1) }
  }

  func decode(_ tokens: [[Int32]]) throws -> [[UInt8]] {
    let decode = try instance.required(table.decode, "decode")
    let frame = instance.frame
    frame.begin(seed: 0)
    let items = frame.rows(tokens.map { frame.tokens($0) })
    let output = frame.output(tokens.count, of: PolyaBytes.self)
    return try instance.call("decode") { call in
      let status = decode(instance.raw, call, items, output.rows)
      return (status, { try (0..<output.count).map { try Received.bytes(output[$0], "decoded bytes") } })
    }
  }

  func promptTokens(for chats: [[Message]]) throws -> [[Int32]] {
    guard info.chats, let render = table.render else {
      return try encode(chats.map { $0.map(\.content).joined() })
    }
    let frame = instance.frame
    frame.begin(seed: 0)
    let items = frame.rows(
      chats.map { chat in
        frame.rows(chat.map { PolyaMessage(role: frame.text($0.role), content: frame.text($0.content)) })
      })
    return try tokenRows("render", count: chats.count) { render(instance.raw, $0, items, $1) }
  }

  private func tokenRows(
    _ name: String, count: Int, _ function: (UnsafePointer<PolyaCall>, PolyaRowsMut) -> PolyaStatus
  ) throws -> [[Int32]] {
    let output = instance.frame.output(count, of: PolyaTokens.self)
    return try instance.call(name) { call in
      let status = function(call, output.rows)
      return (status, { [self] in try (0..<count).map { try tokens(output[$0]) } })
    }
  }

  /// Ids outside the vocabulary would index wild memory in a trainer.
  private func tokens(_ raw: PolyaTokens) throws -> [Int32] {
    let ids = try Received.tokens(raw, "token ids")
    let limit = Int32(info.vocabularySize ?? Int(Int32.max))
    if let wild = ids.first(where: { $0 < 0 || $0 >= limit }) {
      throw Misbehaviour("the token id \(wild) is outside the vocabulary of \(limit)")
    }
    return ids
  }

  func generate(_ requests: [GenerationRequest]) throws -> [[Completion]] {
    let generate = try instance.required(table.generate, "generate")
    let frame = instance.frame
    frame.begin(seed: 0)
    var request = PolyaGenerate()
    request.struct_size = UInt32(MemoryLayout<PolyaGenerate>.size)
    request.prompts = frame.rows(requests.map { prompt($0, frame) })
    let output = frame.output(requests.reduce(0) { $0 + $1.samples }, of: PolyaSample.self)
    return try instance.call("generate") { call in
      let status = generate(instance.raw, call, &request, output.rows)
      return (
        status,
        { [self] in
          var row = 0
          return try requests.map { request in
            try (0..<request.samples).map { _ in
              defer { row += 1 }
              return try completion(output[row])
            }
          }
        }
      )
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
    prompt.want_logprobs = 1
    prompt.stop = frame.rows(request.sampling.stop.map { frame.text($0) })
    return prompt
  }

  private func completion(_ sample: PolyaSample) throws -> Completion {
    guard sample.status == PolyaStatus(POLYA_OK) else {
      throw Misbehaviour("a sample fails: \(instance.reasons(of: [sample.status])[0])")
    }
    let finish: Completion.Finish =
      switch Int(sample.finish) {
      case Int(POLYA_END_STOP): .stop
      case Int(POLYA_END_LENGTH): .length
      case Int(POLYA_END_CANCELLED): .cancelled
      case Int(POLYA_END_FILTERED): .filtered
      default: throw Misbehaviour("a sample ends by the unknown reason \(sample.finish)")
      }
    let ids = try tokens(sample.tokens)
    let logprobs = try Received.array(
      sample.logprobs, sample.logprobs == nil ? 0 : UInt64(ids.count), "log-probs")
    guard logprobs.allSatisfy({ $0.isFinite && $0 <= 1e-3 }) else {
      throw Misbehaviour("a log-prob of a sampled token is not a finite number below 0")
    }
    return Completion(
      finish: finish, text: try Received.bytes(sample.text, "sampled text"), tokens: ids, logprobs: logprobs)
  }
}
