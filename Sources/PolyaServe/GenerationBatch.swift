internal import PolyaCore

/// A task whose prompts are token ids.
struct PromptedTask {
  let task: GenerationTask
  let prompts: [[Int32]]
  /// The source of its seeds.
  let random: Randomness

  /// Renders and encodes the prompts, and refuses those that the model cannot continue.
  init(_ task: GenerationTask, random: Randomness, _ model: any LanguageModel) throws {
    (self.task, self.random) = (task, random)
    prompts =
      switch task.prompts {
      case .texts(let texts): try model.encode(texts)
      case .tokens(let tokens): tokens
      case .chat(let messages): try model.promptTokens(for: [messages])
      }
    let field = task.isChat ? "messages" : "prompt"
    for tokens in prompts {
      guard !tokens.isEmpty else { throw APIError(400, "'\(field)' has no tokens", field: field) }
      // A prompt may fill the context if nothing is to follow it.
      let room = task.sampling.maxTokens == 0 ? 0 : 1
      guard let context = model.info.contextLength, tokens.count + room > context else { continue }
      throw APIError(
        400, "'\(field)' has \(tokens.count) tokens, but the model's context has only \(context)",
        field: field, code: "context_length_exceeded")
    }
  }

  /// The number of samples that it asks for.
  var samples: Int { prompts.count * task.samples }

  /// What the model is asked to generate, with the seeds of `polya model generate`.
  func requests(from id: Int) -> [GenerationRequest] {
    guard task.sampling.maxTokens > 0 else { return [] }
    return prompts.enumerated().map { row, tokens in
      GenerationRequest(
        id: UInt64(id + row), seed: random.stream(UInt64(row)).key, tokens: tokens, samples: task.samples,
        sampling: task.sampling)
    }
  }
}

/// Several tasks that the model serves together.
struct GenerationBatch {
  let model: any LanguageModel
  let tasks: [PromptedTask]

  /// Returns the choices of each task, prompt by prompt.
  func choices() throws -> [[Choice]] {
    var requests: [GenerationRequest] = []
    for task in tasks { requests += task.requests(from: requests.count) }
    var completions = (requests.isEmpty ? [] : try model.generate(requests)).makeIterator()
    let scores = try promptScores()
    return try tasks.enumerated().map { index, task in
      var rows: [[Completion]] = []
      for _ in task.prompts {
        let none = Completion(finish: .length, text: [], tokens: [], logprobs: [])
        let isAsked = task.task.sampling.maxTokens > 0
        rows.append(isAsked ? completions.next() ?? [] : Array(repeating: none, count: task.task.samples))
      }
      guard rows.joined().allSatisfy({ $0.finish != .cancelled }) else { throw APIError.stopping }
      return try choices(of: task, rows, scores[index])
    }
  }

  /// Returns the log-probs of the prompts that are echoed with log-probs, without their first tokens.
  private func promptScores() throws -> [[[Float]]] {
    var sequences: [TokenSequence] = []
    for task in tasks where task.task.echoes && task.task.alternatives != nil {
      sequences += task.prompts.filter { $0.count > 1 }.map {
        TokenSequence(tokens: $0, from: 1, temperature: task.task.sampling.scoringTemperature)
      }
    }
    var scored = (sequences.isEmpty ? [] : try model.score(sequences)).makeIterator()
    return tasks.map { task in
      guard task.task.echoes, task.task.alternatives != nil else { return task.prompts.map { _ in [] } }
      return task.prompts.map { $0.count > 1 ? scored.next()?.logprobs ?? [] : [] }
    }
  }

  private func choices(of task: PromptedTask, _ rows: [[Completion]], _ scores: [[Float]]) throws -> [Choice]
  {
    let wanted = task.task
    let echoed = wanted.echoes ? try model.decode(task.prompts) : task.prompts.map { _ in [] }
    var choices: [Choice] = []
    for (row, tokens) in task.prompts.enumerated() {
      let detail = TokenDetail(model: model, task: wanted, prompt: tokens, scores: scores[row])
      let likelier = try detail.likelierInPrompt()
      for completion in rows[row] {
        var choice = Choice(
          index: choices.count, prompt: tokens, completion: completion, text: echoed[row] + completion.text)
        if wanted.alternatives != nil || wanted.streams {
          choice.show(try detail.tokens(completion, likelierInPrompt: likelier))
        }
        choices.append(choice)
      }
    }
    return choices
  }
}

extension Sampling {
  /// The temperature of the log-probs: without one, they are those of the model's own distribution.
  var scoringTemperature: Double { temperature == 0 ? 1 : temperature }

  /// Whether it always takes the most likely token.
  var isGreedy: Bool { temperature == 0 || topK == 1 }
}
