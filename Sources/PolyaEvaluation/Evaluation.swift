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
  private let includesGreedy: Bool
  private let clusterKey: String?

  /// The number of samples per question that are stored in full.
  private static let examplesKept = 2

  /// Creates an evaluation.
  ///
  /// - Parameters:
  ///   - approaches: How the questions are asked. The samples of a question are divided among them.
  ///   - samples: The number of samples per question, and thus the largest k of pass@k.
  ///   - includesGreedy: Whether each approach also answers each question at temperature 0.
  ///   - clusterKey: The key of the tasks' metadata that names a question's source; nil for none.
  package init(
    model: any LanguageModel, approaches: Approaches, reward: any Reward, samples: Int, sampling: Sampling,
    random: Randomness, includesGreedy: Bool = false, clusterKey: String? = nil
  ) {
    self.model = model
    self.approaches = approaches
    self.reward = reward
    self.samples = samples
    self.sampling = sampling
    self.random = random
    self.includesGreedy = includesGreedy
    self.clusterKey = clusterKey
  }

  /// The dialogues of each task, with the verdict on each answer; nil where there is no answer.
  typealias Judged = [[(dialogue: Dialogue, verdict: VerdictRecord?)]]

  /// Samples and judges answers to some tasks.
  ///
  /// The sampling seed depends on the task only, so that models are compared on the same random numbers.
  func samples(of tasks: [Task]) throws -> Judged {
    try judged(tasks, sampling) { task in
      approaches.divided(among: samples, random: random.stream(task.key).stream("approaches"))
    }
  }

  /// Has the most likely answers to some tasks judged, one of each approach.
  private func greedy(_ tasks: [Task]) throws -> [EvaluationRecord.Greedy?] {
    guard includesGreedy else { return tasks.map { _ in nil } }
    var sampling = sampling
    sampling.temperature = 0
    return try judged(tasks, sampling) { _ in approaches.all }.map { own in
      let outcomes = own.compactMap(\.verdict?.outcome).filter(\.isVerdict)
      return EvaluationRecord.Greedy(scored: outcomes.count, correct: outcomes.count { $0 == .right })
    }
  }

  private func judged(_ tasks: [Task], _ sampling: Sampling, _ approaches: (Task) -> [Approach]) throws
    -> Judged
  {
    let groups = tasks.map { task in
      approaches(task).enumerated().map {
        Dialogue(task, $1, id: UInt64($0), random: random.stream(task.key))
      }
    }
    var dialogues = groups.flatMap { $0 }
    try DialogueRunner(model, sampling: sampling, seed: random.key).run(&dialogues)
    let numbers = groups.enumerated().flatMap { number, members in members.map { _ in UInt64(number) } }
    let answers = zip(dialogues, numbers).enumerated().compactMap { index, dialogue in
      dialogue.0.judged(id: UInt64(index), group: dialogue.1)
    }
    var verdicts = try reward.score(answers, seed: random.key)[...]
    let judged = dialogues.map { dialogue in
      (dialogue, dialogue.failure == nil ? verdicts.popFirst().map { VerdictRecord($0, of: reward) } : nil)
    }
    var rest = judged[...]
    return groups.map { members in
      defer { rest = rest.dropFirst(members.count) }
      return Array(rest.prefix(members.count))
    }
  }

  /// Returns one record per task.
  package func records(
    of tasks: [Task], model modelName: String, tasks setName: String, id: (Int) -> String
  ) throws -> [EvaluationRecord] {
    let clusters = try tasks.map { task in try clusterKey.map { try task.metadata($0) } }
    let sampled = try samples(of: tasks)
    let greedy = try greedy(tasks)
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
        id: id(index), model: modelName, tasks: setName, task: tasks[index].key,
        kind: tasks[index].kind.isEmpty ? tasks[index].referenceKind : tasks[index].kind,
        prompt: replied.first?.last?.text ?? "",
        scored: scored, correct: verdicts.count { $0.outcome == .right }, unscored: samples - scored,
        reasons: reasons, meanTokens: Double(tokens) / Double(max(replied.count, 1)),
        examples: own.compactMap { dialogue, verdict in
          verdict.map {
            EvaluationRecord.Example(
              text: String(decoding: dialogue.answer ?? [], as: UTF8.self), verdict: $0)
          }
        }.prefix(Self.examplesKept).map(\.self), cluster: clusters[index], votes: Self.votes(of: verdicts),
        greedy: greedy[index])
    }
  }

  /// Counts the answers; nil if the reward does not say which answer a right sample gave.
  private static func votes(of verdicts: [VerdictRecord]) -> [EvaluationRecord.Vote]? {
    var votes: [EvaluationRecord.Vote] = []
    for verdict in verdicts where verdict.outcome.isVerdict {
      let isRight = verdict.outcome == .right
      guard !verdict.extracted.isEmpty else {
        if isRight { return nil }
        continue
      }
      if let known = votes.firstIndex(where: {
        $0.isRight == isRight && (isRight || $0.answer == verdict.extracted)
      }) {
        votes[known].count += 1
      } else {
        votes.append(EvaluationRecord.Vote(answer: verdict.extracted, isRight: isRight, count: 1))
      }
    }
    // Of equally frequent answers, the first one stays first.
    return votes.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(
      \.element)
  }
}
