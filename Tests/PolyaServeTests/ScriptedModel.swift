import PolyaCore

/// A model whose tokens are bytes and whose answers are given; it remembers what it was asked.
final class ScriptedModel: LanguageModel {
  let info: ModelInfo
  /// The samples by the number of tokens before them; a sample of its own for the most likely token.
  var answers: (GenerationRequest) -> [Completion]
  private(set) var generated: [[GenerationRequest]] = []
  private(set) var scored: [[TokenSequence]] = []

  init(context: Int = 100, answers: @escaping (GenerationRequest) -> [Completion] = { _ in [] }) {
    info = ModelInfo(
      name: "scripted", family: "", device: "", dtype: "", sharesForward: true, trains: false, chats: false,
      parameters: 0, vocabularySize: 256, contextLength: context, bos: nil, eos: nil)
    self.answers = answers
  }

  func encode(_ texts: [String]) -> [[Int32]] { texts.map { $0.utf8.map { Int32($0) } } }
  func decode(_ tokens: [[Int32]]) -> [[UInt8]] { tokens.map { $0.map { UInt8(truncatingIfNeeded: $0) } } }
  func promptTokens(for chats: [[Message]]) -> [[Int32]] { encode(chats.map { $0.map(\.content).joined() }) }

  func generate(_ requests: [GenerationRequest]) -> [[Completion]] {
    generated.append(requests)
    return requests.map(answers)
  }

  /// Each log-prob is minus a tenth of the position.
  func score(_ sequences: [TokenSequence]) -> [ScoredSequence] {
    scored.append(sequences)
    return sequences.map { sequence in
      ScoredSequence(
        logprobs: (sequence.from..<sequence.tokens.count).map { -Float($0) / 10 }, entropies: [])
    }
  }

  func forward(_ sequences: [TokenSequence]) throws -> ForwardPass { throw unused }
  func backward(_ pass: ForwardPass, gradients: [SequenceGradient]) throws { throw unused }
  func drop(_ pass: ForwardPass) throws { throw unused }
  func step(_ step: OptimizerStep) throws -> StepReport { throw unused }
  func save(to folder: String) throws { throw unused }
  func load(from folder: String) throws { throw unused }
  private var unused: PolyaError { PolyaError(.run, "not asked for by a server") }
}

extension Completion {
  /// A sample of bytes, each with the same log-prob.
  init(_ bytes: [UInt8], _ logprob: Float, finish: Finish = .length, text: [UInt8]? = nil) {
    self.init(
      finish: finish, text: text ?? bytes, tokens: bytes.map { Int32($0) },
      logprobs: bytes.map { _ in logprob })
  }
}
