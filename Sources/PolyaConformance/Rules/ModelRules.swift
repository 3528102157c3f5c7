/// Rules that the tokens, samples, and log-probs of models agree.
enum ModelRules {
  static let all = [
    Faults.check(
      "model.info", .must, "Vocabulary, context and special tokens make sense together.", .model, []),
    RuleCheck("model.round-trip", .must, "decode(encode(x)) is x, for any text.", .model) { bench in
      let instance = try bench.instance()
      for text in Corpus.plain(8) + HostileTexts.unicode + HostileTexts.metacharacters {
        let ids = try instance.encode(text)
        let back = try instance.decode(ids)
        try require(
          back.status == 0 && back.bytes == text,
          "'\(String(decoding: text.prefix(40), as: UTF8.self))' comes back as '\(String(decoding: back.bytes.prefix(40), as: UTF8.self))'"
        )
      }
      return nil
    },
    RuleCheck(
      "model.vocabulary", .must, "Ids are inside the vocabulary, and decode refuses those outside.", .model
    ) { bench in
      let instance = try bench.instance()
      let size = try instance.facts().vocabulary
      for text in Corpus.plain(4) {
        let ids = try instance.encode(text)
        _ = try instance.decode(ids)
        try require(
          ids.allSatisfy { $0 >= 0 && $0 < size }, "encode returns ids outside of the vocabulary of \(size)")
      }
      for wild in [Int32(size), .max, -1] {
        try require(
          try instance.decode([wild]).status != 0,
          "decode accepts the id \(wild), although the vocabulary has only \(size)")
      }
      return nil
    },
    Faults.check(
      "model.samples", .must, "Samples have an end, at most max_tokens tokens, and their item.", .model,
      [.generate], needs: [.sampledToken]),
    RuleCheck(
      "model.seed", .must, "A prompt's seed decides its sample, in any batch.", .model, needs: [.sampledToken]
    ) {
      bench in
      let instance = try bench.instance()
      let prompts = (0..<6).map {
        PromptInput(
          id: UInt64($0), seed: bench.seed &+ UInt64($0), tokens: [1, Int32($0 % 2)], maxTokens: 12)
      }
      let first = try instance.sample(prompts).rows.map(\.tokens)
      try require(
        try instance.sample(prompts).rows.map(\.tokens) == first, "the same prompts give different samples")
      let alone = try prompts.flatMap { try instance.sample([$0]).rows.map(\.tokens) }
      try require(alone == first, "samples change with the batch they are made in")
      return nil
    },
    RuleCheck(
      "model.greedy", .must, "At temperature 0 the seed does not matter.", .model, needs: [.sampledToken]
    ) {
      bench in
      let instance = try bench.instance()
      let rows = try (0..<4).flatMap { seed in
        try instance.sample([
          PromptInput(seed: UInt64(seed), tokens: [1, 2, 3], maxTokens: 12, temperature: 0)
        ]).rows
      }
      try require(
        Set(rows.map(\.tokens)).count == 1,
        "four seeds give \(Set(rows.map(\.tokens)).count) different samples at temperature 0")
      return nil
    },
    RuleCheck(
      "model.stop-strings", .must, "A stop string ends the sample and is not part of its text.", .model
    ) { bench in
      let instance = try bench.instance()
      guard let (prompt, whole, start) = try plainSample(instance, bench.seed) else {
        throw NotExercised("no sample has two adjacent plain characters")
      }
      var stopped = prompt
      stopped.stop = [Array(whole[start...start + 1])]
      let text = try instance.sample([stopped]).rows[0].bytes
      let end =
        (0..<whole.count - 1).first { whole[$0] == whole[start] && whole[$0 + 1] == whole[start + 1] }
        ?? start
      try require(
        text == Array(whole[..<end]),
        "with the stop string \(stopped.stop[0]), the text is \(text); without it, \(whole)")
      return nil
    },
    RuleCheck(
      "model.sampled-logprobs", .must, "Log-probs of samples are those of score() within 1e-3.", .model,
      needs: [.sampledToken]
    ) { bench in
      let instance = try bench.instance()
      for temperature in [1.0, 0.7] {
        let prompts = (0..<3).map {
          PromptInput(
            seed: bench.seed &+ UInt64($0), tokens: [1, 2, 3], maxTokens: 10, temperature: temperature)
        }
        let samples = try instance.sample(prompts).rows
        for (prompt, sample) in zip(prompts, samples) where !sample.tokens.isEmpty {
          let scored = try instance.logprobs([
            SequenceInput(
              tokens: prompt.tokens + sample.tokens, temperature: temperature)
          ])[0].dropFirst(prompt.tokens.count - 1)
          try require(
            sample.logprobs.count == scored.count, "a sample has no log-probs, although they were requested")
          for (a, b) in zip(sample.logprobs, scored) where abs(a - b) > 1e-3 {
            throw Violation(
              "at temperature \(temperature), a token was sampled with log-prob \(a), but score() returns \(b)"
            )
          }
        }
      }
      return nil
    },
    Faults.check(
      "model.score-range", .must, "Scored log-probs are finite and not above 0, entropies not below.", .model,
      [.scoreTokens]),
    RuleCheck(
      "model.score-from", .must, "score() gives the values from `from` on, and entropies only when wanted.",
      .model
    ) { bench in
      let instance = try bench.instance()
      let tokens: [Int32] = [1, 2, 3, 4, 5, 6]
      let whole = try instance.logprobs([SequenceInput(tokens: tokens)])[0]
      let part = try instance.logprobs([SequenceInput(tokens: tokens, from: 3, wantsEntropies: false)])[0]
      try require(
        part.count == whole.count - 2 && zip(whole.dropFirst(2), part).allSatisfy { abs($0 - $1) < 1e-3 },
        "from 3 they are \(part), but as part of all they are \(whole)")
      return nil
    },
  ]

  /// Returns a sample with two adjacent plain characters, and their position; several seeds may have to be
  /// tried.
  private static func plainSample(_ instance: Instance, _ seed: UInt64) throws -> (PromptInput, [UInt8], Int)?
  {
    for attempt in 0..<16 as Range<UInt64> {
      let prompt = PromptInput(seed: seed &+ attempt, tokens: [1, 2, 3], maxTokens: 24, temperature: 1)
      let whole = try instance.sample([prompt]).rows[0].bytes
      let start = whole.indices.dropFirst(2).dropLast(2).first { whole[$0] < 0x80 && whole[$0 + 1] < 0x80 }
      if let start { return (prompt, whole, start) }
    }
    return nil
  }
}
