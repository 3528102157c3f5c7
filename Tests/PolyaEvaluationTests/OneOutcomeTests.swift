import Foundation
import PolyaCore
import PolyaDialogue
import PolyaEvaluation
import PolyaRecords
import PolyaTestSupport
import Testing

/// Says one fixed text per sample.
private final class FixedModel: LanguageModel {
  private let texts: [String]
  let info = ModelInfo(
    name: "fixed", family: "test", device: "cpu", dtype: "", sharesForward: true, trains: false, chats: false,
    parameters: 0, vocabularySize: 256, contextLength: nil, bos: nil, eos: 0)

  init(_ texts: [String]) { self.texts = texts }

  func encode(_ texts: [String]) -> [[Int32]] { texts.map { $0.utf8.map { Int32($0) } } }
  func decode(_ tokens: [[Int32]]) -> [[UInt8]] { tokens.map { $0.map { UInt8($0) } } }
  func promptTokens(for chats: [[Message]]) -> [[Int32]] { encode(chats.map { $0.map(\.content).joined() }) }
  func generate(_ requests: [GenerationRequest]) -> [[Completion]] {
    requests.map { request in
      (0..<request.samples).map { sample in
        Completion(finish: .stop, text: Array(texts[sample].utf8), tokens: [1, 0], logprobs: [-1, -1])
      }
    }
  }
  func score(_ sequences: [TokenSequence]) -> [ScoredSequence] { [] }
  func forward(_ sequences: [TokenSequence]) throws -> ForwardPass { throw PolyaError(.plugin, "no") }
  func backward(_ pass: ForwardPass, gradients: [SequenceGradient]) {}
  func drop(_ pass: ForwardPass) throws {}
  func step(_ step: OptimizerStep) throws -> StepReport { throw PolyaError(.plugin, "no") }
  func save(to folder: String) {}
  func load(from folder: String) {}
}

/// The score is the number that the answer is; other answers have no verdict.
private final class NumberReward: Reward {
  let id = "test.number"
  let range: ClosedRange<Double>
  let components = ["whole", "absent"]

  init(_ range: ClosedRange<Double>) { self.range = range }

  func score(_ answers: [Answer], seed: UInt64) -> [Verdict] {
    answers.map { answer in
      let text = String(decoding: answer.completion, as: UTF8.self)
      guard let score = Double(text) else { return text == "slow" ? Verdict(.timedOut("2 s")) : .abstained() }
      return .scored(score, extracted: text, components: [score.rounded(), .nan], confidence: 0.5)
    }
  }
}

struct OneOutcomeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What an evaluation counts as right and what `measure` takes as right are the same answers, whatever the range.
  @Test(arguments: [
    (-1.0...1.0, ["0.25", "-0.25"], 1), (-1.0...1.0, ["0", "0.75"], 1), (0.0...10.0, ["1", "4"], 0),
    (0.0...1.0, ["0.5", "0.75"], 1),
  ])
  func measuringAndEvaluatingAgree(range: ClosedRange<Double>, texts: [String], right: Int) throws {
    let record = try evaluate(range, texts)
    #expect(record.scored == 2 && record.correct == right)
    var writer = ShardWriter(folder: folder.url.path, name: "results")
    try writer.append(record.json)
    try writer.flush()
    let answers = try StoredAnswers.files(folder.url.path).flatMap { try StoredAnswers.read($0) }
    #expect(answers.map(\.text) == texts)
    #expect(answers.count { $0.outcome == .right } == right)
  }

  @Test func anEvaluationKeepsAllThatWasSaid() throws {
    let record = try evaluate(-1...1, ["0.25", "slow", "what?"])
    #expect(record.scored == 1 && record.correct == 1 && record.unscored == 2)
    #expect(record.reasons.entries.map(\.reason) == ["times out: 2 s", "abstains without a note"])
    let first = VerdictRecord(
      .right, score: 0.25, confidence: 0.5, components: [.init(name: "whole", value: 0)], extracted: "0.25")
    #expect(record.examples.map(\.verdict) == [first, VerdictRecord(.timedOut, reason: "2 s")])
  }

  private func evaluate(_ range: ClosedRange<Double>, _ texts: [String]) throws -> EvaluationRecord {
    let evaluation = Evaluation(
      model: FixedModel(texts),
      approaches: try Approaches([
        BareQuestion(try PromptTemplate(prompt: "{question}", target: "{solution}"))
      ]),
      reward: NumberReward(range), samples: texts.count, sampling: Sampling(maxTokens: 9),
      random: Randomness(seed: 1))
    let task = Task(key: "t", question: "q", reference: "1", referenceKind: "math")
    let records = try evaluation.records(of: [task], model: "m", tasks: "set") { "k:\($0)" }
    return try #require(records.first)
  }
}
