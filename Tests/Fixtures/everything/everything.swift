public import CPolya
import PolyaKit

// Everything that a plugin in Swift can say, see OverlayContractTests.

/// Asks, has the reply checked, and answers with the reference when it was wrong.
struct Checking: SegmentingStrategy {
  static let id = "org.example.checking"
  static let title = "Checking"
  static let summary = "Checks its answer."
  let heuristics = [Heuristic(id: "one", family: "all", title: "one", idea: "The only one.")]

  init(options: OptionValues, call: Call) {}

  func next(_ item: StrategyItem, _ call: Call) throws -> Move {
    switch item.turn {
    case 0: return .ask(Move.Ask([Message("user", item.question + "\(item.exemplars.count)")]))
    case 1: return .check(Move.Trial(item.transcript.last?.content ?? "", state: Array("state".utf8)))
    default:
      guard item.state == Array("state".utf8) else { throw Failure(.badArgument, "the state is lost") }
      return .answer("it is \(item.reference)")
    }
  }

  func segments(_ item: AnswerItem, _ call: Call) -> [Segment] {
    [Segment(0..<1, label: "first"), Segment(1..<item.answer.utf8.count, label: item.heuristic)]
  }
}

struct Telling: Reward {
  static let id = "org.example.telling"
  static let title = "Telling"
  static let summary = "Tells what it sees."
  let range = -1.0...1.0
  let components = [
    Component("length", 0...1e6, help: "Bytes."), Component("absent", 0...1, help: "Never there."),
  ]

  init(options: OptionValues, call: Call) {}

  func score(_ item: RewardItem, _ call: Call) -> Verdict {
    guard !item.reference.isEmpty else {
      return .abstain(notes: [Note("no-reference", "nothing to compare with", severity: .warning)])
    }
    let told = item.transcript.map { ", \($0.role) \($0.content)" }.joined()
    let seen =
      "reference \(item.reference), kind \(item.referenceKind)\(told), metadata \(item.metadataJSON), "
      + "tokens \(item.tokens.count), logprobs \(item.logprobs.count), raw \(item.completionRaw.count)"
    return .scored(
      Verdict.Score(
        -0.5, confidence: 0.25, components: [Double(item.completion.utf8.count), .nan],
        extracted: .bytes(0..<2),
        notes: [Note("seen", seen, bytes: 0..<1, severity: .fault)], detailJSON: #"{"way":"told"}"#))
  }
}

/// The share of a group that is shorter.
struct Ranking: BatchReward {
  static let id = "org.example.ranking"
  static let title = "Ranking"
  static let summary = "Ranks the answers of a group."
  static let traits = Traits.wholeGroups
  let range = 0.0...1.0

  init(options: OptionValues, call: Call) {}

  func score(_ items: [RewardItem], _ call: Call) -> [Result<Verdict, Failure>] {
    items.map { item in
      let group = items.filter { $0.groupID == item.groupID }
      guard !group.contains(where: { $0.completion == "throw" }) else {
        return .failure(Failure(.internal, "a group that throws"))
      }
      let shorter = group.count { $0.completion.utf8.count < item.completion.utf8.count }
      return .success(.scored(Verdict.Score(Double(shorter) / Double(group.count))))
    }
  }
}

struct Asking: Reward {
  static let id = "org.example.asking"
  static let title = "Asking"
  static let summary = "Asks a model."
  static let options = [Option("model", .model, help: "The model.")]
  let range = -1e6...1e6
  private let model: String

  init(options: OptionValues, call: Call) { model = options.text("model") ?? "" }

  func score(_ item: RewardItem, _ call: Call) throws -> Verdict {
    let model = try call.model(model)
    let ids = try model.encode([item.completion])[0]
    let rendered = try model.promptTokens([[Message("user", item.completion)]])[0]
    let samples = try model.generate([Prompt(id: 0, seed: 0, tokens: ids, samples: 2, maxTokens: 3)])
    let scored = try model.score([TokenSequence(tokens: ids, from: 1, wantsEntropies: true)])[0]
    let text =
      "\(try model.info().name) \(rendered.count - ids.count) \(String(decoding: samples[1].text, as: UTF8.self)) "
      + "\(scored.entropies.count)"
    return .scored(Verdict.Score(scored.logprobs.reduce(0) { $0 + Double($1) }, extracted: .text(text)))
  }
}

/// Its tokens are bytes, of which it says "z" only; each has the log-prob -1.
struct Toy: ChatModel, EmbeddingModel {
  static let id = "org.example.toy"
  static let title = "Toy"
  static let summary = "A model that always says z."
  let info = ModelInfo(
    name: "toy", family: "toy", sharesForward: false, parameters: 0, vocabularySize: 256, contextLength: 4096,
    tokenizerHash: [7] + Array(repeating: 0, count: 31))

  init(options: OptionValues, call: Call) {}

  func encode(_ texts: [String], _ call: Call) -> [[Int32]] { texts.map { $0.utf8.map(Int32.init) } }
  func decode(_ tokens: [[Int32]], _ call: Call) -> [[UInt8]] {
    tokens.map { $0.map { UInt8(truncatingIfNeeded: $0) } }
  }
  func render(_ chats: [[Message]], _ call: Call) -> [[Int32]] {
    chats.map { [0] + $0.flatMap { $0.content.utf8.map(Int32.init) } }
  }
  func embed(_ texts: [[Int32]], _ call: Call) -> [[Float]] { texts.map { [Float($0.count), 1] } }
  func generate(_ prompts: [Prompt], _ call: Call) -> [Sample] {
    prompts.flatMap { prompt in
      (0..<prompt.samples).map { _ in
        Sample(
          finish: .length, text: Array(repeating: 122, count: prompt.maxTokens),
          tokens: Array(repeating: 122, count: prompt.maxTokens),
          logprobs: Array(repeating: -1, count: prompt.maxTokens))
      }
    }
  }
  func score(_ sequences: [TokenSequence], _ call: Call) -> [Scored] {
    sequences.map { sequence in
      let count = sequence.tokens.count - sequence.from
      return Scored(
        logprobs: Array(repeating: -1, count: count),
        entropies: sequence.wantsEntropies ? Array(repeating: 2, count: count) : [])
    }
  }
}

private let module = Module(
  name: "everything", version: "1.0.0",
  plugins: [Checking.self, Telling.self, Ranking.self, Asking.self, Toy.self])

/// The only function that the host calls by name.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}
