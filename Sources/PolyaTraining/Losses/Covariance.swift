internal import Glibc
internal import PolyaCore

/// What the covariance of log-prob and advantage is computed from.
package struct CovarianceToken: Sendable {
  /// The token's log-prob when the step began.
  package var logprob: Double
  /// The advantage of the token's rollout.
  package var advantage: Double

  /// Creates a token.
  package init(logprob: Double, advantage: Double) {
    self.logprob = logprob
    self.advantage = advantage
  }
}

/// The contributions (log p - mean)(A - mean) of a step's tokens to the covariance that drives the loss of entropy (Cui et
/// al. 2025, arXiv:2505.22617, eq. 10).
///
/// The paper takes the log-probs of each update. These are those of the step's beginning, which are the same in its first
/// update and do not depend on how the step is split into passes.
struct Covariance {
  /// By rollout and token.
  let values: [[Double]]
  /// The number of tokens.
  let count: Int

  init(_ tokens: [[CovarianceToken]]) {
    count = tokens.reduce(0) { $0 + $1.count }
    let logprob = tokens.joined().reduce(0) { $0 + $1.logprob } / Double(max(count, 1))
    let advantage = tokens.joined().reduce(0) { $0 + $1.advantage } / Double(max(count, 1))
    values = tokens.map { $0.map { ($0.logprob - logprob) * ($0.advantage - advantage) } }
  }

  /// Returns flags for a share of all tokens, at least one, in the order of `places`.
  func flags(_ places: some Collection<(rollout: Int, token: Int)>, share: Double) -> [[Bool]] {
    var flags = values.map { $0.map { _ in false } }
    for place in places.prefix(max(Int(Double(count) * share), 1)) {
      flags[place.rollout][place.token] = true
    }
    return flags
  }

  /// All tokens.
  var places: [(rollout: Int, token: Int)] {
    values.indices.flatMap { rollout in values[rollout].indices.map { (rollout, $0) } }
  }
}
