package import PolyaCore
internal import PolyaDialogue

/// On-policy self-distillation (arXiv:2601.19897, 2601.20802): the model, asked by its heuristics, teaches the model that is
/// asked the bare question.
///
/// The student answers the bare question. The teacher, a frozen copy, scores the same tokens after a prompt that asks by a
/// heuristic. The loss is the reverse KL divergence KL(student || teacher), estimated on the student's own tokens: with
/// d = log student - log teacher, its gradient is the mean of d · ∇ log student over tokens. As in most implementations, a
/// token's effect on the distribution of later ones is left out.
package struct SelfDistillation {
  /// The hyperparameters.
  package struct Settings: Sendable {
    /// The number of steps, of questions per step, and of answers per question.
    /// The number of steps.
    package var steps: Int
    /// The number of questions of a step.
    package var promptsPerStep: Int
    /// The number of answers to each question in a step.
    package var groupSize: Int
    /// How the student samples.
    package var sampling: Sampling
    /// The learning rate of each step.
    package var schedule: Schedule
    /// The coefficient of the decoupled weight decay.
    package var weightDecay: Double
    /// The maximum global gradient norm; 0 turns clipping off.
    package var clipNorm: Double
    /// The maximum number of tokens in one forward and backward pass.
    package var tokensPerMicrobatch: Int
  }

  /// What was done so far, from which an interrupted training resumes.
  package struct Progress: Sendable, Equatable {
    /// The number of steps and of sampled tokens.
    package var steps = 0, tokens = 0
    /// The divergence per token in the first and the last step, in nats.
    package var firstKL = 0.0, lastKL = 0.0

    /// Creates the progress of a new training.
    package init() {}
  }

  let settings: Settings
  let student: any LanguageModel
  let teacher: any LanguageModel
  let approaches: Approaches
  let template: PromptTemplate
  let random: Randomness

  /// Trains the student in place and passes the progress of each step to `keep`.
  package func run(
    tasks: [Task], observer: any StageObserver, after done: Progress, keep: (Progress) throws -> Void
  ) throws -> Progress {
    var progress = done
    for step in progress.steps..<max(progress.steps, settings.steps) {
      try observer.checkStop()
      let pairs = try pairs(step, tasks)
      let kl = try learn(pairs, step, observer)
      progress.tokens += pairs.reduce(0) { $0 + $1.student.scoredCount }
      if step == 0 { progress.firstKL = kl }
      progress.lastKL = kl
      progress.steps = step + 1
      try keep(progress)
      observer.progress(step + 1, of: settings.steps, "KL \(kl.formatted(4))")
    }
    return progress
  }

  /// The same tokens after the prompt of the student and that of the teacher.
  private struct Pair {
    let student, teacher: TokenSequence
  }

  private func pairs(_ step: Int, _ tasks: [Task]) throws -> [Pair] {
    let chosen = (0..<settings.promptsPerStep).map { slot in
      let position = step * settings.promptsPerStep + slot
      let order = random.stream("order").stream(UInt64(position / tasks.count)).permutation(tasks.count)
      return tasks[order[position % tasks.count]]
    }
    let bare = Approach(BareQuestion(template), "plain")
    var dialogues: [Dialogue] = []
    var asked: [Approach] = []
    for (slot, task) in chosen.enumerated() {
      let own = random.stream("samples").stream(UInt64(step)).stream(UInt64(slot))
      dialogues += (0..<settings.groupSize).map { Dialogue(task, bare, id: UInt64($0), random: own) }
      asked += approaches.divided(among: settings.groupSize, random: own.stream("approaches"))
    }
    let seed = random.stream("strategies").stream(UInt64(step)).key
    try DialogueRunner(student, sampling: settings.sampling, seed: seed).run(&dialogues)
    let chats = try zip(dialogues, asked).map { try $1.opening(of: $0.task, seed: seed) }
    let prompts = try teacher.promptTokens(for: chats)
    return zip(dialogues, prompts).compactMap { dialogue, prompt in
      guard let turn = dialogue.turns.first, !turn.completion.tokens.isEmpty, !prompt.isEmpty,
        prompt.count + turn.completion.tokens.count <= teacher.info.contextLength ?? .max
      else { return nil }
      func sequence(_ prompt: [Int32]) -> TokenSequence {
        TokenSequence(
          tokens: prompt + turn.completion.tokens, from: prompt.count, temperature: turn.temperature)
      }
      return Pair(student: sequence(turn.prompt), teacher: sequence(prompt))
    }
  }

  /// Takes a step on the reverse KL divergence and returns it per token.
  private func learn(_ pairs: [Pair], _ step: Int, _ observer: any StageObserver) throws -> Double {
    guard !pairs.isEmpty else {
      throw PolyaError(.run, "no answer of step \(step) fits into the context behind a prompt by heuristic")
    }
    let scores = try teacher.score(pairs.map(\.teacher))
    let share = 1 / Double(pairs.reduce(0) { $0 + $1.student.scoredCount })
    var kl = 0.0
    for range in MicroBatches.split(pairs.map(\.student), tokens: settings.tokensPerMicrobatch) {
      let pass = try student.forward(pairs[range].map(\.student))
      let gradients = zip(range, pass.scored).map { index, scored in
        let distances = zip(scored.logprobs, scores[index].logprobs).map { Double($0) - Double($1) }
        kl += distances.reduce(0, +) * share
        return SequenceGradient(logprobs: distances.map { Float($0 * share) })
      }
      try student.backward(pass, gradients: gradients)
    }
    let rate = settings.schedule.rate(step, of: settings.steps)
    let report = try student.step(
      OptimizerStep(
        learningRate: rate, weightDecay: settings.weightDecay, clipNorm: settings.clipNorm, index: step))
    if report.skipped { observer.warn("step \(step) was skipped because its gradient norm is not finite") }
    observer.metric(.loss, kl, step: step)
    observer.metric(.kl, kl, step: step)
    observer.metric(.learningRate, rate, step: step)
    observer.metric(.gradientNorm, report.gradientNorm, step: step)
    observer.metric(.updateNorm, report.updateNorm, step: step)
    return kl
  }
}
