internal import PolyaKit

/// Makes sure that the sampler has the weights that were trained: stale weights are a silent fault.
struct SamplerWatch {
  private let tokens: [Int32]
  /// The trainer's log-probs of the watched text when the sampler was last looked at.
  private var before: [Float]?
  /// The weights that were looked at.
  private var version: Int?
  /// The mean difference between sampler and trainer that two engines in bfloat16 may have, in nats.
  private static let limit = 0.05
  /// A movement of log-probs that is no rounding, in nats a token.
  private static let visible = 1e-4

  /// - Parameter tokens: A short text, whose log-probs are watched.
  init(_ tokens: [Int32]) { self.tokens = tokens }

  /// Whether the sampler was looked at since the weights changed.
  func isCurrent(_ model: TinkerModel) -> Bool { version == model.version }

  /// Compares the sampler with the trainer; their mean difference, or nil if the server gives no log-probs of prompts.
  ///
  /// - Throws: when they disagree, or when the sampler agrees with the weights before rather than with today's.
  mutating func check(_ model: TinkerModel, _ weights: [(key: String, value: JSON)], _ stop: () -> Bool)
    throws
    -> Double?
  {
    guard let seen = try model.promptLogprobs(tokens, weights, stop) else {
      version = model.version
      return nil
    }
    let trained = try model.logprobs([tokens], stop)[0]
    let difference = Self.distance(seen, trained)
    if let before {
      let (moved, stale) = (Self.distance(before, trained), Self.distance(before, seen))
      guard !(moved > Self.visible && stale < moved / 4 && difference > moved / 2) else {
        throw Failure(
          .wrongState,
          "the server samples with weights from before the last step: the log-probs of a text moved by \(moved) nats a token in training, and by \(stale) where samples come from; restart the server, or report this to its authors"
        )
      }
    }
    guard difference <= Self.limit else {
      throw Failure(
        .unsupported,
        "the server's sampler and trainer disagree: the log-probs of a text differ by \(difference) nats a token, where rounding gives at most \(Self.limit)"
      )
    }
    version = model.version
    // The reference moves on when both sides have moved by enough to be told apart.
    if before.map({ Self.distance($0, trained) > Self.visible }) ?? true { before = trained }
    return difference
  }

  private static func distance(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + Double(abs($1.0 - $1.1)) } / Double(max(1, a.count))
  }
}
