import Foundation
import PolyaCore

@testable import PolyaTraining

/// A world so small that every answer can be counted: the policy chooses a strategy, then guesses.
///
/// An answer has two letters and ends. The first is the strategy, b or c; the second a guess, d or e. All questions look alike to
/// the model, which sees only the last letter of the prompt; what differs is hidden from it: which strategies lead to the
/// right answer, and which guess is right. So no policy answers more than half of the questions at the first try, and one
/// that has dropped strategy c can never answer those that only c solves.
struct StrategyWorld {
  /// Questions by the strategies that solve them.
  private static let kinds: [(strategies: String, count: Int)] = [("b", 10), ("bc", 6), ("c", 4)]

  /// The right answers of each question, half of which have the guess d.
  static let questions: [(name: String, right: Set<String>)] = kinds.flatMap { kind in
    (0..<kind.count).map { number in
      let guess = number % 2 == 0 ? "d" : "e"
      return ("\(kind.strategies)\(number)", Set(kind.strategies.map { "\($0)\(guess)" }))
    }
  }

  /// The probability of each answer.
  static func odds(_ model: BigramModel) -> [String: Double] {
    var odds: [String: Double] = [:]
    for (first, letter) in [(2, "b"), (3, "c")] as [(Int32, String)] {
      let probability = exp(model.logDistribution(after: 1)[Int(first)])
      for (second, guess) in [(4, "d"), (5, "e")] as [(Int, String)] {
        odds[letter + guess] = probability * exp(model.logDistribution(after: first)[second])
      }
    }
    return odds
  }

  /// The exact pass@k over all questions.
  static func pass(at k: Int, _ model: BigramModel) -> Double {
    let odds = odds(model)
    return questions.map { question in
      1 - pow(1 - question.right.reduce(0) { $0 + (odds[$1] ?? 0) }, Double(k))
    }.mean
  }

  /// A model that prefers strategy b and ends after a guess.
  static func model() -> BigramModel {
    var logits = Array(repeating: Array(repeating: 0.0, count: 6), count: 6)
    logits[1] = [0, 0, 1, 0, 0, 0]
    logits[4] = [12, 0, 0, 0, 0, 0]
    logits[5] = logits[4]
    return BigramModel(logits: logits)
  }

  /// Trains a new model with the keys of a stage, and returns it.
  static func trained(_ keys: JSON.Members, seed: UInt64) throws -> BigramModel {
    let reader = try ObjectReader(.object(keys), at: "")
    let policy = try PolicyKeys(reader)
    try reader.finish()
    let settings = Reinforcement.Settings(
      steps: 100, promptsPerStep: 10, groupSize: 16, sampling: Sampling(maxTokens: 4), credit: policy.credit,
      objective: policy.objective, filters: policy.filters, updatesPerRollout: 1,
      schedule: Schedule(peak: 0.05, shape: .constant, warmup: 0), weightDecay: 0, clipNorm: 1,
      tokensPerMicrobatch: 8192)
    let right = Dictionary(uniqueKeysWithValues: questions.map { ($0.name, $0.right) })
    let reward = RuleReward { answers in
      answers.map { answer in
        let text = String(decoding: answer.completion, as: UTF8.self)
        return .scored(right[answer.task.key]?.contains(text) == true ? 10 : 0, extracted: text, notes: [])
      }
    }
    let model = Self.model()
    let reinforcement = try Reinforcement(
      settings, maxUnscored: 1, model: model, reference: Self.model(), labeler: FirstLetter(),
      rewards: [.init("rule", reward, weight: 0.1)],
      template: try PromptTemplate(prompt: "{question}", target: "{solution}"), random: Randomness(seed: seed)
    )
    let tasks = questions.map { Task(key: $0.name, question: "a", reference: "", referenceKind: "") }
    _ = try reinforcement.run(
      tasks: tasks, observer: RecordingObserver(), refused: { _, what, _ in PolyaError(.run, what) },
      keep: { _, _ in })
    return model
  }
}

/// Labels an answer by its first letter.
final class FirstLetter: Strategy {
  let id = "test.first-letter"
  let heuristics = ["b", "c"].map { Heuristic(id: $0, family: "", title: $0, idea: "") }

  func next(_ turns: [StrategyTurn], seed: UInt64) -> [Result<StrategyMove, PolyaError>] { [] }

  func labels(of answers: [ShownAnswer], seed: UInt64) -> [Result<[String], PolyaError>]? {
    answers.map { .success($0.text.prefix(1).map(String.init)) }
  }
}
