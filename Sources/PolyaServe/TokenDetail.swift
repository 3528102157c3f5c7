internal import Glibc
internal import PolyaCore

/// Finds out what an answer shows of single tokens, for the samples of one prompt.
struct TokenDetail {
  let model: any LanguageModel
  let task: GenerationTask
  let prompt: [Int32]
  /// The log-probs of the prompt's tokens but the first; empty if they are not wanted.
  let scores: [Float]

  /// Tokens by the position at which they are the most likely ones.
  typealias Likelier = [Int: Choice.Alternative]

  /// Returns the likelier tokens of the prompt, if it is echoed and they are wanted.
  func likelierInPrompt() throws -> Likelier {
    guard task.echoes, task.alternatives == 1 else { return [:] }
    return try likelier(in: prompt, from: 1, logprobs: scores)
  }

  /// Returns the tokens of a sample, with those of the prompt if it is echoed.
  func tokens(_ completion: Completion, likelierInPrompt: Likelier) throws -> [Choice.Token] {
    let all = prompt + completion.tokens
    let first = task.echoes ? 0 : prompt.count
    var logprobs: [Float?] = Array(repeating: nil, count: all.count)
    if task.alternatives != nil {
      guard completion.logprobs.count == completion.tokens.count else {
        throw APIError(501, "this model gives no log-probs of what it samples", field: "logprobs")
      }
      logprobs = [nil] + (scores.isEmpty ? prompt.dropFirst().map { _ in nil } : scores.map { $0 })
      logprobs += completion.logprobs.map { $0 }
    }
    var likelier = likelierInPrompt
    if task.alternatives == 1, !task.sampling.isGreedy {
      likelier.merge(try self.likelier(in: all, from: prompt.count, logprobs: completion.logprobs)) { $1 }
    }
    let pieces = try TokenTexts.pieces(of: all, model)
    return (first..<all.count).map { position in
      Choice.Token(
        id: all[position], bytes: pieces[position], logprob: logprobs[position], likelier: likelier[position])
    }
  }

  /// A token with a larger probability than all others together is the most likely one.
  private static let half = Float(log(0.5))
  /// The limits of one call.
  private static let (mostRows, mostTokens) = (256, 1 << 18)

  /// Asks the model for the most likely token at each position where that may be another one. The contract has
  /// no function for this; the first token of a sample that is cut to the most likely one is the same.
  private func likelier(in tokens: [Int32], from: Int, logprobs: [Float]) throws -> Likelier {
    let open = (from..<tokens.count).filter { logprobs[$0 - from] <= Self.half }
    let sampling = Sampling(maxTokens: 1, temperature: task.sampling.temperature, topK: 1)
    var found: Likelier = [:]
    var rest = open[...]
    while !rest.isEmpty {
      var (batch, size): ([Int], Int) = ([], 0)
      while let position = rest.first, batch.count < Self.mostRows, batch.isEmpty || size < Self.mostTokens {
        batch.append(rest.removeFirst())
        size += position
      }
      let samples = try model.generate(
        batch.map {
          GenerationRequest(
            id: UInt64($0), seed: 0, tokens: Array(tokens[..<$0]), samples: 1, sampling: sampling)
        })
      for (position, sample) in zip(batch, samples) {
        guard let best = sample.first, best.finish != .cancelled else { throw APIError.stopping }
        guard let id = best.tokens.first, let logprob = best.logprobs.first, id != tokens[position] else {
          continue
        }
        found[position] = Choice.Alternative(id: id, bytes: [], logprob: logprob)
      }
    }
    return try named(found, behind: tokens)
  }

  /// Adds the texts of the tokens, decoded where they would stand.
  private func named(_ found: Likelier, behind tokens: [Int32]) throws -> Likelier {
    let positions = found.keys.sorted()
    guard let first = tokens.first, !positions.isEmpty else { return found }
    let decoded = try model.decode([[first]] + positions.map { [first, found[$0]?.id ?? first] })
    var named = found
    for (position, bytes) in zip(positions, decoded.dropFirst()) {
      named[position]?.bytes = Array(bytes.dropFirst(decoded[0].count))
    }
    return named
  }
}
