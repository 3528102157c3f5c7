internal import PolyaKit

/// Measures what a server makes of gradients, on two short sequences and with adapters that are thrown away.
///
/// With decay rates of 0 and a large epsilon, a step of Adam is one of plain gradient descent: it moves the weights by rate
/// times gradient / epsilon. How much the log-probs of a sequence then move says how the gradient was scaled.
struct GradientProbe {
  /// What was seen, for people, and for the refusal.
  struct Seen: CustomStringConvertible {
    var rate = 0.0
    /// How the log-prob moved, in nats, in the order of measurement.
    private(set) var moves: [(what: String, by: Double)] = []

    mutating func add(_ what: String, _ by: Double) -> Double {
      moves.removeAll { $0.what == what }
      moves.append((what, by))
      return by
    }

    var description: String {
      let parts = moves.map { "\($0.what) \(($0.by * 1e4).rounded() / 1e4)" }
      return "the log-prob of a text moved by \(parts.joined(separator: ", ")) nats"
    }
  }

  private let model: TinkerModel
  private let long, other: [Int32]
  private let stop: () -> Bool
  /// Targets of the beginning of `long`.
  private let beginning = 5
  private static let epsilon = 1e3
  /// Log-probs in bfloat16 are noisy, and steps not infinitely small.
  private static let tolerance = 1.25

  /// - Parameters:
  ///   - model: With fresh adapters, which the probe changes.
  ///   - tokens: At least 21, of a text.
  init(_ model: TinkerModel, _ tokens: [Int32], _ stop: @escaping () -> Bool) {
    self.model = model
    long = Array(tokens.prefix(13))
    other = Array(tokens.suffix(8))
    self.stop = stop
  }

  /// - Throws: `unsupported`, with what was seen, for a server whose gradients are not those of the loss up to a known
  ///   divisor.
  func measure() throws -> (Normalization, Seen) {
    var seen = Seen()
    let all = long.count - 1
    let once = try findRate(&seen)
    let twice = seen.add("with twice the gradient", try moved(seen, [(long, 2, all)]))
    let reversed = seen.add("against the gradient", try moved(seen, [(long, -1, all)]))
    guard Self.isClose(twice / once, 2), Self.isClose(-reversed / once, 1) else {
      throw Failure(
        .unsupported,
        "the server's gradient is not proportional to the advantages, so no loss can be trained through it; use another server (\(seen))"
      )
    }
    let besides = seen.add(
      "beside another text", try moved(seen, [(long, 1, all), (other, 0, other.count - 1)]))
    let masked = seen.add(
      "of its beginning within all", try moved(seen, [(long, 1, beginning)], of: beginning))
    let short = seen.add(
      "of its beginning alone",
      try moved(seen, [(Array(long.prefix(beginning + 1)), 1, beginning)], of: beginning))
    let clipped = seen.add("with a small clip norm", try moved(seen, [(long, 1, all)], clip: 1e-4))
    guard
      let normalization = normalization(
        besides: besides / once, masked: masked / short, clips: abs(clipped) < abs(once) / 4)
    else {
      throw Failure(
        .unsupported,
        "the server scales gradients in a way that is not known; use another server, or report this to the authors of polya (\(seen))"
      )
    }
    return (normalization, seen)
  }

  /// A rate that moves the log-prob of the sequence by enough to be measured.
  private func findRate(_ seen: inout Seen) throws -> Double {
    seen.rate = 1e-6
    while true {
      let once = seen.add("along the gradient", try moved(seen, [(long, 1, long.count - 1)]))
      guard abs(once) < 0.1 else { return try checked(once, seen) }
      guard seen.rate < 1e3 else {
        throw Failure(
          .unsupported,
          "no step changes what the server's model says, whatever the rate; look at the server's log (\(seen))"
        )
      }
      seen.rate *= abs(once) > 0.02 ? 4 : 10
    }
  }

  private func checked(_ once: Double, _ seen: Seen) throws -> Double {
    guard once > 0 else {
      throw Failure(
        .unsupported,
        "a step along the gradient makes the text less likely, so its sign is wrong; use another server (\(seen))"
      )
    }
    guard once < 20 else {
      throw Failure(
        .unsupported, "the smallest step that changes anything is too large to measure with (\(seen))")
    }
    return once
  }

  /// Takes a step with an advantage on the first targets of sequences; how the sum of the first one's log-probs moved.
  private func moved(
    _ seen: Seen, _ parts: [(tokens: [Int32], advantage: Float, targets: Int)], of measured: Int? = nil,
    clip: Double = 0
  ) throws -> Double {
    let count = measured ?? long.count - 1
    func total(_ values: [Float]) -> Double { values.prefix(count).reduce(0) { $0 + Double($1) } }
    let logprobs = try model.logprobs(parts.map(\.tokens), stop)
    let contributions = zip(parts, logprobs).map { part, values in
      TinkerModel.Contribution(
        tokens: part.tokens, from: 1, logprobs: values,
        gradient: values.indices.map { $0 < part.targets ? -part.advantage : 0 })
    }
    let step = OptimizerStep(
      learningRate: seen.rate * Self.epsilon, beta1: 0, beta2: 0, epsilon: Self.epsilon, clipNorm: clip)
    _ = try model.step(contributions, step, .none, stop)
    return try total(model.logprobs([parts[0].tokens], stop)[0]) - total(logprobs[0])
  }

  /// - Parameters:
  ///   - besides: What another sequence in the request makes of the movement.
  ///   - masked: What further targets without advantage make of it.
  private func normalization(besides: Double, masked: Double, clips: Bool) -> Normalization? {
    let lengths = (Double(beginning), Double(long.count - 1), Double(other.count - 1))
    let divisors: [(Normalization.Batch, Double)] = [
      (.nothing, 1), (.sequences, 1 / 2), (.tokens, lengths.1 / (lengths.1 + lengths.2)),
    ]
    let best = divisors.min { Self.distance(besides, $0.1) < Self.distance(besides, $1.1) }
    guard let (batch, expected) = best, Self.isClose(besides, expected, 1.15) else { return nil }
    let isDivided = Self.isClose(masked, lengths.0 / lengths.1)
    guard isDivided || Self.isClose(masked, 1) else { return nil }
    // The number of tokens is divided by in both comparisons.
    return Normalization(batch: batch, byLength: isDivided && batch != .tokens, clips: clips)
  }

  private static func distance(_ value: Double, _ expected: Double) -> Double {
    guard value > 0 else { return .infinity }
    return max(value / expected, expected / value)
  }

  private static func isClose(_ value: Double, _ expected: Double, _ tolerance: Double = tolerance) -> Bool {
    distance(value, expected) <= tolerance
  }
}

extension Normalization {
  /// Of a server that leaves gradients as they are.
  static let none = Normalization(batch: .nothing, byLength: false, clips: true)
}
