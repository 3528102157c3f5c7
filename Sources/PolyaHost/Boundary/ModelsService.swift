internal import CPolya
internal import PolyaContract
internal import PolyaCore

/// The service `polya.host.models/1`, with which plugins use the models that their options name. A worker
/// forwards requests to its host; see ``LentModels``.
enum ModelsService {
  // Safety: Written once before it is visible to others, and constant afterwards.
  nonisolated(unsafe) static let table: UnsafeRawPointer = {
    var table = PolyaModels()
    table.struct_size = UInt32(MemoryLayout<PolyaModels>.size)
    table.info = { call, model, out in
      // A struct to fill is treated as a row whose stride is its size.
      let stride = out?.pointee.struct_size ?? 0
      let place = PolyaRowsMut(base: UnsafeMutableRawPointer(out), count: 1, stride: stride, zero: 0)
      return ask(call, ModelsRequest(.info, model, PolyaRows(), place))
    }
    table.encode = { ask($0, ModelsRequest(.encode, $1, $2, $3)) }
    table.render = { ask($0, ModelsRequest(.render, $1, $2, $3)) }
    table.generate = { ask($0, ModelsRequest(.generate, $1, $2, $3)) }
    table.score = { ask($0, ModelsRequest(.score, $1, $2, $3)) }
    table.reason = { call in
      guard let frame = CallFrame.of(call) else { return PolyaText() }
      return frame.text(frame.lent?.reason ?? frame.models?.reason ?? "")
    }
    let memory = UnsafeMutablePointer<PolyaModels>.allocate(capacity: 1)
    memory.initialize(to: table)
    return UnsafeRawPointer(memory)
  }()

  private static func ask(_ call: UnsafePointer<PolyaCall>?, _ request: ModelsRequest) -> PolyaStatus {
    guard let frame = CallFrame.of(call) else { return PolyaStatus(POLYA_UNSUPPORTED) }
    if let lent = frame.lent { return lent.ask(request, frame) }
    return serve(request, frame, .local)
  }

  /// Handles a request of a plugin, in this process or from a worker.
  static func serve(_ request: ModelsRequest, _ frame: CallFrame, _ received: Received) -> PolyaStatus {
    guard let models = frame.models else { return PolyaStatus(POLYA_UNSUPPORTED) }
    do {
      let name = try received.text(request.name, "the name of a model")
      guard let model = models[name] else {
        models.reason =
          "no option of this plugin names the model '\(name)'; \(Suggestion.hint(for: name, among: models.names))"
        return PolyaStatus(POLYA_NOT_FOUND)
      }
      try ModelsAnswer(model: model, request: request, frame: frame, received: received).give()
      return PolyaStatus(POLYA_OK)
    } catch {
      models.reason = (error as? Misbehavior)?.message ?? (error as? PolyaError)?.message ?? "\(error)"
      guard !frame.isStopRequested else { return PolyaStatus(POLYA_CANCELLED) }
      guard !(error is OutOfRoom) else { return PolyaStatus(POLYA_OUT_OF_MEMORY) }
      return PolyaStatus(error is Misbehavior ? POLYA_BAD_ARGUMENT : POLYA_INTERNAL)
    }
  }
}

/// A plugin's request to a model.
struct ModelsRequest {
  /// The functions of the service's table.
  enum Function: UInt64 {
    case info, encode, render, generate, score

    /// The layout of an input row; nil if there are none.
    var input: StructLayout? {
      switch self {
      case .info: nil
      case .encode: .text
      case .render: .chat
      case .generate: .prompt
      case .score: .sequence
      }
    }

    /// The layout of an output row.
    var output: StructLayout {
      switch self {
      case .info: .modelInfo
      case .encode, .render: .tokens
      case .generate: .sample
      case .score: .scored
      }
    }
  }

  let function: Function
  let name: PolyaText
  let input: PolyaRows
  let output: PolyaRowsMut

  init(_ function: Function, _ name: PolyaText, _ input: PolyaRows, _ output: PolyaRowsMut) {
    self.function = function
    self.name = name
    self.input = input
    self.output = output
  }
}

/// The call's memory cannot hold the model's results.
struct OutOfRoom: Error, CustomStringConvertible {
  let description = "the model's results exceed the call's memory limit"
}

/// Reads a request, runs the model, and writes the results into the memory of the call.
private struct ModelsAnswer {
  let model: SharedModel
  let request: ModelsRequest
  let frame: CallFrame
  let received: Received

  private var input: ModelsInput { ModelsInput(received: received) }

  func give() throws {
    switch request.function {
    case .info: try info()
    case .encode:
      let texts = try input.texts(request.input)
      try answer(try model.ask { try $0.encode(texts) })
    case .render:
      let chats = try input.chats(request.input)
      try answer(try model.ask { try $0.promptTokens(for: chats) })
    case .generate: try generate()
    case .score: try score()
    }
  }

  private func places<Row>(_ count: Int, _ type: Row.Type) throws -> (Int) -> UnsafeMutablePointer<Row> {
    try input.places(request.output, count, type)
  }

  private func answer(_ tokens: [[Int32]]) throws {
    let rows = try places(tokens.count, PolyaTokens.self)
    for (index, ids) in tokens.enumerated() { rows(index).pointee = try self.tokens(ids) }
  }

  private func info() throws {
    let row = try places(1, PolyaModelInfo.self)(0)
    let info = try model.ask(\.info)
    row.pointee.name = try text(info.name)
    row.pointee.family = try text(info.family)
    row.pointee.device = try text(info.device)
    row.pointee.dtype = try text(info.dtype)
    if info.chats { row.pointee.features |= ContractBits.modelChat }
    if info.sharesForward { row.pointee.features |= ContractBits.modelOneForward }
    if info.masks { row.pointee.features |= ContractBits.modelMask }
    row.pointee.parameters = UInt64(clamping: info.parameters)
    row.pointee.vocab_size = Int32(clamping: info.vocabularySize ?? -1)
    row.pointee.layers = UInt32(clamping: info.layers ?? 0)
    row.pointee.context_length = Int32(clamping: info.contextLength ?? -1)
    (row.pointee.bos, row.pointee.eos) = (info.bos ?? -1, info.eos ?? -1)
    withUnsafeMutableBytes(of: &row.pointee.tokenizer_hash) { $0.copyBytes(from: info.tokenizerHash ?? []) }
  }

  private func generate() throws {
    let requests = try input.prompts(request.input, try model.ask(\.info))
    let rows = try input.places(
      request.output, requests.reduce(0) { $0 + $1.samples }, PolyaSample.self,
      least: StructLayout.sample.firstSize)
    for (row, sample) in try model.ask({ try $0.generate(requests) }).joined().enumerated() {
      var filled = PolyaSample()
      filled.status = PolyaStatus(POLYA_OK)
      filled.finish = UInt32(sample.finish.code)
      filled.text = PolyaBytes(data: try memory(sample.text), size: UInt64(sample.text.count))
      filled.tokens = try tokens(sample.tokens)
      filled.logprobs = try memory(sample.logprobs)
      filled.mask = try tokens(sample.mask.ids)
      filled.mask_ends = try tokens(sample.mask.ends)
      filled.mask_logmass = try memory(sample.maskLogMass)
      // The rows of an older plugin end before the newer fields.
      withUnsafeBytes(of: &filled) {
        UnsafeMutableRawPointer(rows(row)).copyMemory(
          from: $0.baseAddress ?? UnsafeRawPointer(rows(row)),
          byteCount: min($0.count, Int(request.output.stride)))
      }
    }
  }

  /// The plugin provides the arrays; those of a worker must be in its shared memory. Their addresses are read
  /// only once.
  private func score() throws {
    let sequences = try input.sequences(request.input, try model.ask(\.info))
    let rows = try places(sequences.count, PolyaScored.self)
    guard !sequences.isEmpty else { return }
    let arrays = try sequences.indices.map { index in
      let (row, count) = (rows(index).pointee, sequences[index].scoredCount)
      for array in [row.logprobs, row.entropies] {
        if let array {
          try received.checkPlace(array, count * MemoryLayout<Float>.stride, "an array of scores")
        }
      }
      return row
    }
    for (index, values) in try model.ask({ try $0.score(sequences) }).enumerated() {
      rows(index).pointee.status = PolyaStatus(POLYA_OK)
      arrays[index].logprobs?.update(from: values.logprobs, count: values.logprobs.count)
      arrays[index].entropies?.update(from: values.entropies, count: values.entropies.count)
    }
  }

  private func memory<Element: BitwiseCopyable>(_ elements: [Element]) throws -> UnsafePointer<Element>? {
    guard !elements.isEmpty else { return nil }
    let size = elements.count * MemoryLayout<Element>.stride
    guard let memory = frame.allocate(size, 8, limited: true) else { throw OutOfRoom() }
    elements.withUnsafeBytes {
      memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: size)
    }
    return UnsafePointer(memory.assumingMemoryBound(to: Element.self))
  }

  private func tokens(_ ids: [Int32]) throws -> PolyaTokens {
    PolyaTokens(ids: try memory(ids), count: UInt64(ids.count))
  }

  private func text(_ text: String) throws -> PolyaText {
    let bytes = text.utf8.map { CChar(bitPattern: $0) }
    return PolyaText(data: try memory(bytes), size: UInt64(bytes.count))
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
