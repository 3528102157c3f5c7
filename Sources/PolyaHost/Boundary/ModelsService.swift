internal import CPolya
internal import PolyaCore

/// `polya.host.models/1`: plugins ask the models that their options name.
enum ModelsService {
  nonisolated(unsafe) static let table: UnsafeRawPointer = {
    var table = PolyaModels()
    table.struct_size = UInt32(MemoryLayout<PolyaModels>.size)
    table.info = { call, model, out in
      serve(call, model) { try info($0, $1, out) }
    }
    table.encode = { call, model, texts, tokens in
      serve(call, model) { model, frame in
        let texts = try ModelRequest.texts(texts)
        try answer(try model.ask { try $0.encode(texts) }, tokens, frame)
      }
    }
    table.render = { call, model, chats, tokens in
      serve(call, model) { model, frame in
        let chats = try ModelRequest.chats(chats)
        try answer(try model.ask { try $0.promptTokens(for: chats) }, tokens, frame)
      }
    }
    table.generate = { call, model, prompts, out in
      serve(call, model) { try generate($0, prompts, out, $1) }
    }
    table.score = { call, model, sequences, out in
      serve(call, model) { model, _ in try score(model, sequences, out) }
    }
    table.reason = { call in
      CallFrame.of(call).map { $0.text($0.models?.reason ?? "") } ?? PolyaText()
    }
    let memory = UnsafeMutablePointer<PolyaModels>.allocate(capacity: 1)
    memory.initialize(to: table)
    return UnsafeRawPointer(memory)
  }()

  private static func serve(
    _ call: UnsafePointer<PolyaCall>?, _ name: PolyaText, _ body: (SharedModel, CallFrame) throws -> Void
  ) -> PolyaStatus {
    guard let frame = CallFrame.of(call), let models = frame.models else {
      return PolyaStatus(POLYA_UNSUPPORTED)
    }
    do {
      let name = try Received.local.text(name, "the name of a model")
      guard let model = models[name] else {
        models.reason =
          "no option of this plugin names the model '\(name)'; \(Suggestion.cure(for: name, among: models.names))"
        return PolyaStatus(POLYA_NOT_FOUND)
      }
      try body(model, frame)
      return PolyaStatus(POLYA_OK)
    } catch {
      models.reason = (error as? Misbehaviour)?.message ?? (error as? PolyaError)?.message ?? "\(error)"
      guard !frame.isStopRequested else { return PolyaStatus(POLYA_CANCELLED) }
      return PolyaStatus(error is Misbehaviour ? POLYA_BAD_ARGUMENT : POLYA_INTERNAL)
    }
  }

  private static func answer(_ tokens: [[Int32]], _ out: PolyaRowsMut, _ frame: CallFrame) throws {
    let rows = try ModelRequest.places(out, tokens.count, PolyaTokens.self)
    for (index, ids) in tokens.enumerated() { rows(index).pointee = frame.tokens(ids) }
  }

  private static func info(
    _ model: SharedModel, _ frame: CallFrame, _ out: UnsafeMutablePointer<PolyaModelInfo>?
  ) throws {
    guard let out, Int(out.pointee.struct_size) >= MemoryLayout<PolyaModelInfo>.size else {
      throw Misbehaviour("there is no place for what the model says of itself")
    }
    let info = try model.ask(\.info)
    out.pointee.name = frame.text(info.name)
    out.pointee.family = frame.text(info.family)
    out.pointee.device = frame.text(info.device)
    out.pointee.dtype = frame.text(info.dtype)
    if info.chats { out.pointee.features |= 1 << 0 }
    if info.sharesForward { out.pointee.features |= 1 << 1 }
    out.pointee.parameters = UInt64(clamping: info.parameters)
    out.pointee.vocab_size = Int32(clamping: info.vocabularySize ?? -1)
    out.pointee.context_length = Int32(clamping: info.contextLength ?? -1)
    (out.pointee.bos, out.pointee.eos) = (info.bos ?? -1, info.eos ?? -1)
    withUnsafeMutableBytes(of: &out.pointee.tokenizer_hash) { $0.copyBytes(from: info.tokenizerHash ?? []) }
  }

  private static func generate(
    _ model: SharedModel, _ prompts: PolyaRows, _ out: PolyaRowsMut, _ frame: CallFrame
  ) throws {
    let requests = try ModelRequest.prompts(prompts, try model.ask(\.info))
    let rows = try ModelRequest.places(out, requests.reduce(0) { $0 + $1.samples }, PolyaSample.self)
    let samples = try model.ask { try $0.generate(requests) }.joined()
    for (row, sample) in samples.enumerated() { fill(rows(row), sample, frame) }
  }

  private static func fill(
    _ place: UnsafeMutablePointer<PolyaSample>, _ sample: Completion, _ frame: CallFrame
  ) {
    place.pointee.status = PolyaStatus(POLYA_OK)
    place.pointee.finish = UInt32(sample.finish.code)
    place.pointee.text = frame.bytes(sample.text)
    place.pointee.tokens = frame.tokens(sample.tokens)
    place.pointee.logprobs = frame.floats(sample.logprobs)
  }

  private static func score(_ model: SharedModel, _ sequences: PolyaRows, _ out: PolyaRowsMut) throws {
    let sequences = try ModelRequest.sequences(sequences, try model.ask(\.info))
    let rows = try ModelRequest.places(out, sequences.count, PolyaScored.self)
    guard !sequences.isEmpty else { return }
    for (index, values) in try model.ask({ try $0.score(sequences) }).enumerated() {
      let place = rows(index)
      place.pointee.status = PolyaStatus(POLYA_OK)
      place.pointee.logprobs?.update(from: values.logprobs, count: values.logprobs.count)
      place.pointee.entropies?.update(from: values.entropies, count: values.entropies.count)
    }
  }
}

extension Completion.Finish {
  fileprivate var code: Int {
    switch self {
    case .stop: Int(POLYA_END_STOP)
    case .length: Int(POLYA_END_LENGTH)
    case .cancelled: Int(POLYA_END_CANCELLED)
    case .filtered: Int(POLYA_END_FILTERED)
    }
  }
}
