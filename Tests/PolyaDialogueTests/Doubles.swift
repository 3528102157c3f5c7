import PolyaCore

/// A strategy that is a function of the turn.
final class ScriptedStrategy: Strategy {
  let id = "test.scripted"
  let heuristics: [Heuristic]
  private let move: (StrategyTurn) -> StrategyMove

  init(_ heuristics: [String], _ move: @escaping (StrategyTurn) -> StrategyMove) {
    self.heuristics = heuristics.map { Heuristic(id: $0, family: "", title: $0, idea: "") }
    self.move = move
  }

  func next(_ turns: [StrategyTurn], seed: UInt64) -> [Result<StrategyMove, PolyaError>] {
    turns.map { .success(move($0)) }
  }
}

extension StrategyMove {
  static func say(_ text: String, state: String = "") -> StrategyMove {
    .ask(
      Ask(
        messages: [Message(role: "user", content: text)], phase: "", stop: [], maxTokens: nil,
        temperature: nil,
        state: Array(state.utf8)))
  }
}

/// A model whose tokens are the bytes of the text, and whose reply to a prompt names the prompt's length and the sample.
final class EchoModel: LanguageModel {
  var info = ModelInfo(
    name: "echo", family: "echo", device: "cpu", dtype: "float32", sharesForward: true, trains: false,
    chats: false,
    parameters: 0, vocabularySize: 256, contextLength: nil, bos: nil, eos: nil)
  private(set) var requests: [[GenerationRequest]] = []

  func encode(_ texts: [String]) -> [[Int32]] { texts.map { $0.utf8.map(Int32.init) } }
  func decode(_ tokens: [[Int32]]) -> [[UInt8]] { tokens.map { $0.map { UInt8($0) } } }
  func promptTokens(for chats: [[Message]]) -> [[Int32]] {
    encode(chats.map { $0.map(\.content).joined(separator: "|") })
  }

  func generate(_ requests: [GenerationRequest]) -> [[Completion]] {
    self.requests.append(requests)
    return requests.map { request in
      (0..<request.samples).map { sample in
        let text = Array("<\(request.tokens.count).\(sample)>".utf8)
        return Completion(
          finish: .stop, text: text, tokens: text.map(Int32.init), logprobs: text.map { _ in -1 })
      }
    }
  }

  private var unused: PolyaError { PolyaError(.run, "nothing is trained here") }
  func score(_ sequences: [TokenSequence]) throws -> [ScoredSequence] { throw unused }
  func forward(_ sequences: [TokenSequence]) throws -> ForwardPass { throw unused }
  func backward(_ pass: ForwardPass, gradients: [SequenceGradient]) throws { throw unused }
  func drop(_ pass: ForwardPass) throws { throw unused }
  func step(_ step: OptimizerStep) throws -> StepReport { throw unused }
  func save(to folder: String) throws { throw unused }
  func load(from folder: String) throws { throw unused }
}
