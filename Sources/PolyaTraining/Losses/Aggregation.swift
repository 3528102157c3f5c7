/// How the losses of a step's tokens become one number.
package enum Aggregation: String, Sendable, CaseIterable {
  /// The mean over all tokens, as in DAPO (arXiv:2503.14476).
  case tokenMean = "token-mean"
  /// The mean over rollouts of each one's mean over its tokens, as in GRPO (arXiv:2402.03300).
  case sequenceMean = "sequence-mean"
  /// The sum over all tokens, divided by the number of rollouts times 'max-tokens', as in Dr. GRPO (arXiv:2503.20783).
  case constant

  /// Returns the factor of each token of a rollout.
  ///
  /// - Parameters:
  ///   - tokens: The rollout's number of tokens.
  ///   - all: The numbers of tokens of all rollouts that count.
  ///   - limit: The most tokens of a completion.
  func weight(_ tokens: Int, among all: [Int], limit: Int) -> Double {
    switch self {
    case .tokenMean: 1 / Double(all.reduce(0, +))
    case .sequenceMean: 1 / (Double(all.count) * Double(tokens))
    case .constant: 1 / (Double(all.count) * Double(limit))
    }
  }
}
