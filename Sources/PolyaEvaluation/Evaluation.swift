package import PolyaCore
package import PolyaRecords

/// Samples a model's answers to bare questions and counts the right ones.
package struct Evaluation {
  private let model: any LanguageModel
  private let reward: any Reward
  private let samples: Int
  private let sampling: Sampling
  private let template: PromptTemplate
  private let random: Randomness

  /// The number of samples per question that are stored in full.
  private static let examplesKept = 2

  /// Creates an evaluation.
  ///
  /// - Parameter samples: The number of samples per question, and thus the largest k of pass@k.
  package init(
    model: any LanguageModel, reward: any Reward, samples: Int, sampling: Sampling, template: PromptTemplate,
    random: Randomness
  ) {
    self.model = model
    self.reward = reward
    self.samples = samples
    self.sampling = sampling
    self.template = template
    self.random = random
  }

  /// The answers to some tasks, in their order.
  struct Samples {
    /// The prompts that the model was sent.
    var prompts: [[Int32]]
    /// The completions of each task; none where the prompt does not fit into the context.
    var completions: [[Completion]]
    /// The verdict on each completion.
    var verdicts: [[VerdictRecord]]
  }

  /// Samples and judges answers.
  ///
  /// The sampling seed depends on the task only, so that models are compared on the same random numbers.
  func samples(of tasks: [Task]) throws -> Samples {
    let chats = tasks.map { template.chat(for: $0.question) }
    let prompts = try model.promptTokens(for: chats)
    // A prompt that does not fit has no samples; they count as missing, not as wrong.
    let fitting = tasks.indices.filter { model.info.refusal(ofPrompt: prompts[$0].count) == nil }
    let requests = fitting.map { index in
      GenerationRequest(
        id: UInt64(index), seed: random.stream(tasks[index].key).key, tokens: prompts[index],
        samples: samples,
        sampling: sampling)
    }
    var completions = Array(repeating: [Completion](), count: tasks.count)
    for (index, samples) in zip(fitting, try model.generate(requests)) { completions[index] = samples }
    let answers = zip(tasks, completions).enumerated().flatMap { index, pair in
      pair.1.enumerated().map { sample, completion in
        Answer(
          id: UInt64(index * self.samples + sample), groupID: UInt64(index), task: pair.0,
          completion: completion.text, tokens: completion.tokens,
          logprobs: completion.logprobs, transcript: chats[index])
      }
    }
    var verdicts = try reward.score(answers, seed: random.key)[...]
    let judged = completions.map { completions in
      defer { verdicts = verdicts.dropFirst(completions.count) }
      return verdicts.prefix(completions.count).map { VerdictRecord($0, of: reward) }
    }
    return Samples(prompts: prompts, completions: completions, verdicts: judged)
  }

  /// Returns one record per task.
  package func records(
    of tasks: [Task], model modelName: String, tasks setName: String, id: (Int) -> String
  ) throws -> [EvaluationRecord] {
    let sampled = try samples(of: tasks)
    let sent = try model.text(of: sampled.prompts)
    return tasks.indices.map { index in
      let (completions, own) = (sampled.completions[index], sampled.verdicts[index])
      let scored = own.count(where: \.outcome.isVerdict)
      var reasons = UnscoredReasons()
      for reason in own.compactMap(\.unscoredReason) { reasons.add(reason) }
      if own.count < samples {
        reasons.add("the prompt does not fit into the context", count: samples - own.count)
      }
      return EvaluationRecord(
        id: id(index), model: modelName, tasks: setName, task: tasks[index].key, kind: tasks[index].kind,
        prompt: sent[index],
        scored: scored, correct: own.count { $0.outcome == .right }, unscored: samples - scored,
        reasons: reasons,
        meanTokens: Double(completions.reduce(0) { $0 + $1.tokens.count })
          / Double(max(completions.count, 1)),
        examples: zip(completions, own).prefix(Self.examplesKept).map { completion, verdict in
          EvaluationRecord.Example(
            text: String(decoding: completion.text, as: UTF8.self), verdict: verdict)
        })
    }
  }
}
