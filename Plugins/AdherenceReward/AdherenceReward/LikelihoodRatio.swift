internal import Glibc
internal import PolyaKit

/// How much likelier an answer is after what the model was told than after the plain question.
struct LikelihoodRatio {
  /// The answer's tokens after a prompt: a sequence, and where the answer begins.
  struct Pair {
    let told, plain: TokenSequence
    let count: Int
  }

  private let plain: String
  private let scale: Double

  /// - Parameter plain: holds "{question}".
  init(plain: String, scale: Double) throws {
    guard plain.contains("{question}") else {
      throw Failure(.badOption, "plain is '\(plain)'; it must contain {question}")
    }
    self.plain = plain
    self.scale = scale
  }

  func verdicts(on items: [RewardItem], by model: BoundModel) throws -> [Verdict] {
    guard !items.isEmpty else { return [] }
    let context = try model.contextLength()
    let answers = try model.encode(items.map(\.completion))
    let questions = items.map { [Message("user", prompt(of: $0.question))] }
    let plain = try model.promptTokens(questions)
    let told = try model.promptTokens(
      zip(items, questions).map { $0.transcript.isEmpty ? $1 : $0.transcript })
    var pairs: [Pair?] = []
    for (index, item) in items.enumerated() {
      let longest = max(told[index].count, plain[index].count) + answers[index].count
      let isComplete =
        !item.transcript.isEmpty && !answers[index].isEmpty && !told[index].isEmpty && !plain[index].isEmpty
      pairs.append(
        isComplete && longest <= context
          ? Pair(
            told: TokenSequence(tokens: told[index] + answers[index], from: told[index].count),
            plain: TokenSequence(tokens: plain[index] + answers[index], from: plain[index].count),
            count: answers[index].count) : nil)
    }
    var scored = try model.score(pairs.flatMap { $0.map { [$0.told, $0.plain] } ?? [] })[...]
    return zip(items, pairs).map { item, pair in
      guard let pair else { return Self.abstention(item) }
      return verdict(scored.removeFirst().logprobs, scored.removeFirst().logprobs, count: pair.count)
    }
  }

  func prompt(of question: String) -> String { plain.replacing("{question}", with: question) }

  func verdict(_ told: [Float], _ plain: [Float], count: Int) -> Verdict {
    let (a, b) = (Self.sum(told) / Double(count), Self.sum(plain) / Double(count))
    return .scored(Verdict.Score(1 / (1 + exp(-scale * (a - b))), components: [a - b, a, b]))
  }

  private static func sum(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) } }

  private static func abstention(_ item: RewardItem) -> Verdict {
    if item.transcript.isEmpty {
      return .abstain(notes: [Note("no-transcript", "the item does not say what the model was told")])
    }
    return .abstain(
      notes: [
        Note("length", "the answer is empty, or does not fit into the model's context with its prompt")
      ])
  }
}
