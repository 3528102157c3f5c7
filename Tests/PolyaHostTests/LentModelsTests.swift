import CPolya
import PolyaCore
import Testing

@testable import PolyaHost

/// What a worker asks of a lent model is read and answered inside of its lane only, whatever it sends.
struct LentModelsTests {
  private let shared: SharedMemory
  private let arena: SharedArena
  private let frame: CallFrame
  private let received: Received
  private let models = BoundModels(["toy": SharedModel(ToyModel())])

  init() throws {
    shared = try SharedMemory(size: 1 << 20)
    arena = SharedArena(shared, limit: 1 << 20)
    received = Received(shared: shared)
    var host = PolyaHost()
    host.struct_size = UInt32(MemoryLayout<PolyaHost>.size)
    let table = UnsafeMutablePointer<PolyaHost>.allocate(capacity: 1)
    table.initialize(to: host)
    frame = CallFrame(
      host: table, threads: 1, arena: arena,
      callbacks: CallFrame.Callbacks(stop: { PolyaStatus(POLYA_OK) }, log: { _, _ in }))
    frame.models = models
  }

  private func outputs<Row>(_ type: Row.Type, _ count: Int = 1) -> PolyaRowsMut {
    frame.output(count, of: type).rows
  }

  private func serve(_ request: ModelsRequest) -> PolyaStatus {
    ModelsService.serve(request, frame, received)
  }

  private func sequence(_ ids: [Int32]) -> PolyaSequence {
    PolyaSequence(
      item_id: 0, tokens: frame.tokens(ids), from: 1, group: 0, temperature: 1,
      mask: PolyaTokens(), mask_ends: PolyaTokens())
  }

  /// Memory of the host, which no worker should reach.
  private func outside<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
    memory.initialize(from: elements, count: elements.count)
    return memory
  }

  @Test func everyFunctionAnswersInTheLane() throws {
    let name = frame.text("toy")
    let tokens = outputs(PolyaTokens.self)
    #expect(serve(ModelsRequest(.encode, name, frame.rows([frame.text("ab")]), tokens)) == 0)
    #expect(try received.tokens(tokens.first(PolyaTokens.self), "ids") == [97, 98])

    let chat = frame.rows([PolyaMessage(role: frame.text("user"), content: frame.text("c"))])
    let rendered = outputs(PolyaTokens.self)
    #expect(serve(ModelsRequest(.render, name, frame.rows([chat]), rendered)) == 0)
    #expect(try received.tokens(rendered.first(PolyaTokens.self), "ids") == [99])

    var prompt = PolyaPrompt()
    (prompt.tokens, prompt.samples, prompt.max_tokens, prompt.top_p) = (frame.tokens([1]), 2, 4, 1)
    let samples = outputs(PolyaSample.self, 2)
    #expect(serve(ModelsRequest(.generate, name, frame.rows([prompt]), samples)) == 0)
    #expect(try received.bytes(samples.row(1, PolyaSample.self).text, "text") == [53])

    let scored = frame.output(1, of: PolyaScored.self)
    scored.base[0].logprobs = frame.output(2, of: Float.self).base
    #expect(serve(ModelsRequest(.score, name, frame.rows([sequence([1, 2, 3])]), scored.rows)) == 0)
    #expect(try received.array(UnsafePointer(scored.base[0].logprobs), 2, "log-probs") == [Float(-1), -1])

    let info = outputs(PolyaModelInfo.self)
    #expect(serve(ModelsRequest(.info, name, PolyaRows(), info)) == 0)
    #expect(try received.text(info.first(PolyaModelInfo.self).name, "its name") == "toy")
    #expect(info.first(PolyaModelInfo.self).tokenizer_hash.0 == 7)
  }

  @Test func whatLiesElsewhereIsNeitherReadNorWritten() throws {
    let bad = PolyaStatus(POLYA_BAD_ARGUMENT)
    let name = frame.text("toy")
    let letters = outside([CChar(116), 111, 121])
    let foreignName = PolyaText(data: UnsafePointer(letters), size: 3)
    #expect(serve(ModelsRequest(.encode, foreignName, PolyaRows(), outputs(PolyaTokens.self, 0))) == bad)

    let text = outside([foreignName])
    let foreignRows = PolyaRows(base: UnsafeRawPointer(text), count: 1, stride: 16, zero: 0)
    #expect(serve(ModelsRequest(.encode, name, foreignRows, outputs(PolyaTokens.self))) == bad)
    #expect(serve(ModelsRequest(.encode, name, frame.rows([foreignName]), outputs(PolyaTokens.self))) == bad)

    let place = outside([PolyaTokens(ids: nil, count: 77)])
    let foreignPlaces = PolyaRowsMut(base: UnsafeMutableRawPointer(place), count: 1, stride: 16, zero: 0)
    #expect(serve(ModelsRequest(.encode, name, frame.rows([frame.text("a")]), foreignPlaces)) == bad)
    #expect(place[0].count == 77)

    let scored = frame.output(1, of: PolyaScored.self)
    let numbers = outside([Float(3), 3])
    for path in [\PolyaScored.logprobs, \PolyaScored.entropies] {
      scored.base[0] = PolyaScored()
      scored.base[0][keyPath: path] = numbers
      #expect(serve(ModelsRequest(.score, name, frame.rows([sequence([1, 2, 3])]), scored.rows)) == bad)
      #expect(models.reason.contains("is outside of the memory of the call"), "\(models.reason)")
    }
    // Where the shared memory ends.
    let last = shared.bytes.baseAddress.map {
      ($0 + shared.bytes.count - 4).assumingMemoryBound(to: Float.self)
    }
    scored.base[0] = PolyaScored()
    scored.base[0].logprobs = last
    #expect(serve(ModelsRequest(.score, name, frame.rows([sequence([1, 2, 3])]), scored.rows)) == bad)
    #expect(Array(UnsafeBufferPointer(start: numbers, count: 2)) == [3, 3])
  }

  /// A plugin that was built with the headers of 1.0 has shorter rows for samples: they are filled, and nothing behind them.
  @Test func theRowsOfAnOlderPluginAreFilled() throws {
    var prompt = PolyaPrompt()
    (prompt.tokens, prompt.samples, prompt.max_tokens, prompt.top_p) = (frame.tokens([1]), 2, 4, 1)
    var rows = outputs(PolyaSample.self, 3)
    // The golden layout of 1.0 has it.
    let first = 48
    let base = try #require(rows.base)
    (base + 2 * first).initializeMemory(as: UInt8.self, repeating: 0xAB, count: 64)
    (rows.count, rows.stride) = (2, UInt32(first))
    #expect(first < MemoryLayout<PolyaSample>.size)
    let request = ModelsRequest(.generate, frame.text("toy"), frame.rows([prompt]), rows)
    #expect(serve(request) == PolyaStatus(POLYA_OK), "\(models.reason)")
    var second = PolyaSample()
    withUnsafeMutableBytes(of: &second) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: base + first, count: first))
    }
    #expect(try received.bytes(second.text, "text") == [53])
    #expect((0..<64).allSatisfy { (base + 2 * first).load(fromByteOffset: $0, as: UInt8.self) == 0xAB })
  }

  @Test func anAnswerThatDoesNotFitFailsWithoutHarm() {
    var prompt = PolyaPrompt()
    (prompt.tokens, prompt.samples, prompt.max_tokens, prompt.top_p) = (frame.tokens([1]), 11_000, 4, 1)
    let samples = outputs(PolyaSample.self, 11_000)
    let status = serve(ModelsRequest(.generate, frame.text("toy"), frame.rows([prompt]), samples))
    #expect(status == PolyaStatus(POLYA_OUT_OF_MEMORY))
  }

  @Test func anUnknownNameIsToldWithWhatThereIs() {
    let status = serve(ModelsRequest(.info, frame.text("toi"), PolyaRows(), outputs(PolyaModelInfo.self)))
    #expect(status == PolyaStatus(POLYA_NOT_FOUND) && models.reason.contains("did you mean 'toy'"))
  }
}

/// Tokens are bytes; it says "5" and finds every token equally unlikely.
private final class ToyModel: LanguageModel {
  let info = ModelInfo(
    name: "toy", family: "toy", device: "cpu", dtype: "float32", sharesForward: false, trains: false,
    chats: false,
    parameters: 0, vocabularySize: 256, contextLength: 64, bos: nil, eos: nil,
    tokenizerHash: Array(repeating: 7, count: 32))

  private struct NotAsked: Error {}

  func encode(_ texts: [String]) -> [[Int32]] { texts.map { $0.utf8.map(Int32.init) } }
  func decode(_ tokens: [[Int32]]) -> [[UInt8]] { tokens.map { $0.map { UInt8(truncatingIfNeeded: $0) } } }
  func promptTokens(for chats: [[Message]]) -> [[Int32]] { encode(chats.map { $0.map(\.content).joined() }) }
  func generate(_ requests: [GenerationRequest]) -> [[Completion]] {
    requests.map { request in
      (0..<request.samples).map { _ in Completion(finish: .stop, text: [53], tokens: [53], logprobs: [-1]) }
    }
  }
  func score(_ sequences: [TokenSequence]) -> [ScoredSequence] {
    sequences.map {
      ScoredSequence(
        logprobs: Array(repeating: -1, count: $0.scoredCount),
        entropies: Array(repeating: 1, count: $0.scoredCount))
    }
  }
  func forward(_ sequences: [TokenSequence]) throws -> ForwardPass { throw NotAsked() }
  func backward(_ pass: ForwardPass, gradients: [SequenceGradient]) throws { throw NotAsked() }
  func drop(_ pass: ForwardPass) {}
  func step(_ step: OptimizerStep) throws -> StepReport { throw NotAsked() }
  func save(to folder: String) throws { throw NotAsked() }
  func load(from folder: String) throws { throw NotAsked() }
}
