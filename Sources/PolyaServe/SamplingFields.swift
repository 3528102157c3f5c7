internal import PolyaCore

/// The fields that say how to sample, which both endpoints have.
enum SamplingFields {
  /// The limit of `max_tokens`, which is that of `polya model generate`.
  static let mostTokens = 1_000_000
  /// The limit of `n`.
  static let mostPerPrompt = 1024
  private static let mostStops = 64
  /// With a lower temperature, logits would overflow.
  private static let temperatures = 0.0001...100.0

  static func read(_ fields: RequestFields, maxTokens: Int) throws -> (
    samples: Int, sampling: Sampling, seed: Int64?
  ) {
    let sampling = Sampling(
      maxTokens: maxTokens, temperature: try temperature(fields),
      topK: try topK(fields), topP: try topP(fields), minP: try fields.real("min_p", in: 0...1) ?? 0,
      stop: try stop(fields))
    let samples = try fields.integer("n", in: 1...mostPerPrompt) ?? 1
    let seed = try fields.value("seed").map { json in
      guard let seed = json.integer else {
        throw fields.wrong("seed", "must be an integer of 64 bits, not \(json.shown)")
      }
      return seed
    }
    return (samples, sampling, seed)
  }

  private static func temperature(_ fields: RequestFields) throws -> Double {
    let temperature = try fields.real("temperature", in: 0...temperatures.upperBound) ?? 1
    guard temperature == 0 || temperatures.contains(temperature) else {
      throw fields.wrong(
        "temperature", "must be 0 or at least \(temperatures.lowerBound), not \(temperature)")
    }
    return temperature
  }

  /// Some clients turn it off with -1.
  private static func topK(_ fields: RequestFields) throws -> Int {
    max(0, try fields.integer("top_k", in: -1...Int(Int32.max)) ?? 0)
  }

  private static func topP(_ fields: RequestFields) throws -> Double {
    let share = try fields.real("top_p", in: 0...1) ?? 1
    guard share > 0 else { throw fields.wrong("top_p", "must be above 0 and at most 1, not \(share)") }
    return share
  }

  private static func stop(_ fields: RequestFields) throws -> [String] {
    let texts = try fields.strings("stop") ?? []
    guard texts.count <= mostStops else {
      throw fields.wrong("stop", "must be at most \(mostStops) strings, not \(texts.count)")
    }
    guard !texts.contains("") else { throw fields.wrong("stop", "must not contain an empty string") }
    return texts
  }
}
