package import PolyaCore
package import PolyaDialogue
package import PolyaRecords

/// Samples a model's answers to questions and counts the right ones.
package struct Evaluation {
  private let model: any LanguageModel
  private let approaches: Approaches
  private let reward: any Reward
  private let samples: Int
  private let sampling: Sampling
  private let random: Randomness

  /// The number of samples per question that are stored in full.
  private static let examplesKept = 2

  /// Creates an evaluation.
  ///
  /// - Parameters:
  ///   - approaches: How the questions are asked. The samples of a question are divided among them.
  ///   - samples: The number of samples per question, and thus the largest k of pass@k.
  package init(
    model: any LanguageModel, approaches: Approaches, reward: any Reward, samples: Int, sampling: Sampling,
    random: Randomness
  ) {
    self.model = model
    self.approaches = approaches
    self.reward = reward
    self.samples = samples
    self.sampling = sampling
    self.random = random
  }

  /// The dialogues of each task, with the verdict on each answer; nil where there is no answer.
  typealias Judged = [[(dialogue: Dialogue, verdict: VerdictRecord?)]]

  /// Samples and judges answers to some tasks.
  ///
  /// The sampling seed depends on the task only, so that models are compared on the same random numbers.
  func samples(of tasks: [Task]) throws -> Judged {
    var dialogues = tasks.flatMap { task in
      let own = random.stream(task.key)
      return approaches.divided(among: samples, random: own.stream("approaches")).enumerated().map {
        Dialogue(task, $1, id: UInt64($0), random: own)
      }
    }
    try DialogueRunner(model, sampling: sampling, seed: random.key).run(&dialogues)
    let answers = dialogues.enumerated().compactMap { index, dialogue in
      dialogue.judged(id: UInt64(index), group: UInt64(index / samples))
    }
    var verdicts = try reward.score(answers, seed: random.key)[...]
    let judged = dialogues.map { dialogue in
      (dialogue, dialogue.failure == nil ? verdicts.popFirst().map { VerdictRecord($0, of: reward) } : nil)
    }
    return tasks.indices.map { Array(judged[$0 * samples..<($0 + 1) * samples]) }
  }

  /// Returns one record per task.
  package func records(
    of tasks: [Task], model modelName: String, tasks setName: String, id: (Int) -> String
  ) throws -> [EvaluationRecord] {
    let sampled = try samples(of: tasks)
    return tasks.indices.map { index in
      let own = sampled[index]
      let verdicts = own.compactMap(\.verdict)
      let scored = verdicts.count(where: \.outcome.isVerdict)
      var reasons = UnscoredReasons()
      for reason in verdicts.compactMap(\.unscoredReason) { reasons.add(reason) }
      // An answer that is missing is not wrong.
      for dialogue in own.map(\.dialogue) {
        guard let failure = dialogue.failure else { continue }
        // One reason, whatever the numbers of tokens.
        reasons.add(dialogue.isTooLong ? "the prompt does not fit into the context" : failure)
      }
      let replied = own.map(\.dialogue.turns).filter { !$0.isEmpty }
      let tokens = replied.joined().reduce(0) { $0 + $1.completion.tokens.count }
      return EvaluationRecord(
        id: id(index), model: modelName, tasks: setName, task: tasks[index].key, kind: tasks[index].kind,
        prompt: replied.first?.last?.text ?? "",
        scored: scored, correct: verdicts.count { $0.outcome == .right }, unscored: samples - scored,
        reasons: reasons, meanTokens: Double(tokens) / Double(max(replied.count, 1)),
        examples: own.compactMap { dialogue, verdict in
          verdict.map {
            EvaluationRecord.Example(
              text: String(decoding: dialogue.answer ?? [], as: UTF8.self), verdict: $0)
          }
        }.prefix(Self.examplesKept).map(\.self))
    }
  }
}
