import Glibc
import PolyaKit

/// One sample of a prompt: a pure function of the weights, the prompt, its seed and the sample's index.
struct Sampler {
  let prompt: Prompt
  let index: Int

  func sample(_ network: Bigrams, _ call: Call) -> Sample {
    var last = prompt.tokens.last ?? Bigrams.end
    var sample = Sample(finish: .length, text: [], tokens: [], logprobs: [])
    while sample.tokens.count < prompt.maxTokens, sample.finish == .length {
      guard !call.shouldStop else {
        sample.finish = .cancelled
        break
      }
      let all = network.logProbs(after: last, temperature: prompt.temperature == 0 ? 1 : prompt.temperature)
      let bits = mix(mix(mix(prompt.seed) &+ UInt64(index)) &+ UInt64(sample.tokens.count))
      last = pick(all, at: Double(bits >> 11) / 9_007_199_254_740_992)
      sample.tokens.append(last)
      sample.logprobs.append(Float(all[Int(last)]))
      guard last != Bigrams.end else {
        sample.finish = .stop
        break
      }
      sample.text.append(UInt8(last))
      if let stop = prompt.stop.first(where: { !$0.isEmpty && sample.text.ends(with: Array($0.utf8)) }) {
        sample.text.removeLast(stop.utf8.count)
        sample.finish = .stop
      }
    }
    return sample
  }

  /// The token at a place in 0..<1 of the distribution that top-k, min-p and top-p leave.
  private func pick(_ logProbs: [Double], at place: Double) -> Int32 {
    let all = logProbs.enumerated().map { (p: exp($1), id: Int32($0)) }
      .sorted { $0.p != $1.p ? $0.p > $1.p : $0.id < $1.id }
    guard prompt.temperature > 0 else { return all[0].id }
    let most = min(prompt.topK ?? all.count, all.count)
    var count = 0
    var sum = 0.0
    while count < most, count == 0 || (all[count].p >= prompt.minP * all[0].p && sum < prompt.topP) {
      sum += all[count].p
      count += 1
    }
    var left = place * sum
    for candidate in all[..<count] {
      left -= candidate.p
      if left < 0 { return candidate.id }
    }
    return all[count - 1].id
  }

  /// A mixer of 64 bits: the finalizer of SplitMix64 (Steele, Lea & Flood 2014).
  private func mix(_ seed: UInt64) -> UInt64 {
    var x = seed &+ 0x9E37_79B9_7F4A_7C15
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
}

extension [UInt8] {
  func ends(with other: [UInt8]) -> Bool { count >= other.count && suffix(other.count).elementsEqual(other) }
}
