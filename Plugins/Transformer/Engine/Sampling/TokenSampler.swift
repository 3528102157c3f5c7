internal import CTransformerKernels
internal import Glibc

/// Draws one token from a row of logits. Keeps scratch memory; one per thread.
struct TokenSampler {
  private let kernels: Kernels
  private let vocabulary: Int
  private let probabilities: Floats
  private var candidates: [Candidate] = []

  private struct Candidate { let id: Int; let probability: Float }

  /// A sampler; `probabilities` is its scratch memory.
  ///
  /// Shapes: probabilities [vocabulary].
  init(_ kernels: Kernels, vocabulary: Int, probabilities: Floats) {
    self.kernels = kernels
    self.vocabulary = vocabulary
    self.probabilities = probabilities
    candidates.reserveCapacity(vocabulary)
  }

  /// Token and its log-prob before truncation; nil when the logits hold no distribution (NaN).
  ///
  /// Shapes: logits [vocabulary].
  mutating func draw(_ logits: Floats, _ prompt: GenerationPrompt, u: Double) -> (
    token: Int32, logprob: Float
  )? {
    let scale = Float(1 / (prompt.temperature == 0 ? 1 : prompt.temperature))
    let sum = kernels.table.pointee.log_sum(Int64(vocabulary), scale, logits, nil)
    guard sum.isFinite else { return nil }
    let id =
      prompt.temperature == 0
      ? Int(kernels.table.pointee.argmax(Int64(vocabulary), logits))
      : pick(logits, scale, sum, prompt, u)
    guard id >= 0 else { return nil }
    return (Int32(id), logits[id] * scale - sum)
  }

  /// Adds the position that was just drawn, of a prompt that truncates, to a mask.
  func tellMask(to mask: inout TokenMask) {
    mask.ids += candidates.map { Int32($0.id) }
    mask.ends.append(Int32(mask.ids.count))
    mask.logMass.append(Float(log(candidates.reduce(0.0) { $0 + Double($1.probability) })))
  }

  /// The token at share `u`; -1 when there is no mass.
  ///
  /// Shapes: logits [vocabulary].
  private mutating func pick(
    _ logits: Floats, _ scale: Float, _ sum: Float, _ prompt: GenerationPrompt, _ u: Double
  ) -> Int {
    kernels.table.pointee.exponentials(Int64(vocabulary), scale, logits, sum, probabilities)
    guard prompt.topK != nil || prompt.topP < 1 || prompt.minP > 0 else {
      return Int(kernels.table.pointee.sample_index(Int64(vocabulary), probabilities, u))
    }
    truncate(prompt)
    var all = 0.0
    for candidate in candidates { all += Double(candidate.probability) }
    var running = 0.0
    for candidate in candidates {
      running += Double(candidate.probability)
      if running > u * all { return candidate.id }
    }
    return candidates.last?.id ?? -1
  }

  /// Leaves the tokens that top-k, then top-p of what is left, then min-p keep, most likely first.
  private mutating func truncate(_ prompt: GenerationPrompt) {
    var top: Float = 0
    for id in 0..<vocabulary { top = max(top, probabilities[id]) }
    let minimum = Float(prompt.minP) * top
    if let k = prompt.topK {
      collect(mostLikely: k)
    } else {
      collect(atLeast: max(minimum, floor(share: prompt.topP, top: top)))
    }
    if prompt.topP < 1 {
      // With top-k, shares are those among the k; without it, of everything, also of what was not collected.
      let all = prompt.topK == nil ? 1 : candidates.reduce(0.0) { $0 + Double($1.probability) }
      keep(share: prompt.topP * all)
    }
    while let last = candidates.last, last.probability < minimum { candidates.removeLast() }
  }

  /// A probability that the last token of the most likely ones with this share together reaches, so that few others have to
  /// be sorted.
  private func floor(share: Double, top: Float) -> Float {
    // All tokens below the spare share together have less than 1 - share.
    let spare = Float((1 - share) / Double(vocabulary)) * 0.5
    // By more than the rounding of a sum of float32.
    let wanted = share + 2e-6
    var least = top
    while least > spare {
      if kernels.table.pointee.sum_at_least(Int64(vocabulary), least, probabilities) >= wanted {
        return least
      }
      least *= 0.25
    }
    return spare
  }

  private mutating func collect(atLeast least: Float) {
    candidates.removeAll(keepingCapacity: true)
    for id in 0..<vocabulary where probabilities[id] >= least && probabilities[id] > 0 {
      candidates.append(Candidate(id: id, probability: probabilities[id]))
    }
    candidates.sort(by: Self.precedes)
  }

  /// Sorts only now and then: most tokens of a large vocabulary are below the k-th found so far.
  private mutating func collect(mostLikely k: Int) {
    candidates.removeAll(keepingCapacity: true)
    var least: Float = 0
    for id in 0..<vocabulary where probabilities[id] > least {
      candidates.append(Candidate(id: id, probability: probabilities[id]))
      guard candidates.count >= 2 * k + 256 else { continue }
      candidates.sort(by: Self.precedes)
      candidates.removeLast(candidates.count - k)
      // Among equals the first ids count, so an equal one that comes later is out.
      least = candidates[k - 1].probability
    }
    candidates.sort(by: Self.precedes)
    if candidates.count > k { candidates.removeLast(candidates.count - k) }
  }

  /// Drops what follows the token with which the running sum reaches `share`.
  private mutating func keep(share: Double) {
    var running = 0.0
    for (index, candidate) in candidates.enumerated() {
      running += Double(candidate.probability)
      guard running >= share else { continue }
      candidates.removeLast(candidates.count - index - 1)
      return
    }
  }

  private static func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
    a.probability > b.probability || (a.probability == b.probability && a.id < b.id)
  }
}
