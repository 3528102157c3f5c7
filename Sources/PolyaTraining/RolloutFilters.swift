internal import PolyaCore

/// Which rollouts of a step are trained on.
package struct RolloutFilters: Sendable, Equatable {
  /// What happens to groups without any advantage, most of which are all right or all wrong.
  package enum EqualGroups: Sendable, Equatable {
    /// They are left out of the loss and of its mean.
    case dropped
    /// They count in the mean, as in GRPO's formula, and take part in the terms that need no advantage.
    case counted
    /// As many other questions are asked, up to this number of times in a step: DAPO's dynamic sampling
    /// (arXiv:2503.14476). What is still without an advantage is left out.
    case resampled(rounds: Int)

    private static let rounds = Setting.integer(
      "rounds", in: 1...1000, "The most times that other questions are asked in a step."
    ).standard(3)

    static let variants: [Variant<EqualGroups>] = [
      Variant("drop", "They are left out of the loss and of its mean.") { _ in .dropped },
      Variant("count", "They count in the mean, as in GRPO's formula.") { _ in .counted },
      Variant(
        "resample", "Other questions are asked in their place: DAPO's dynamic sampling (arXiv:2503.14476).",
        [rounds]
      ) { .resampled(rounds: try $0.read(rounds)) },
    ]
  }

  /// What happens to groups without any advantage.
  package var equalGroups: EqualGroups
  /// Whether completions that were cut off by the token limit are left out of the loss. They count in the group statistics.
  package var masksTruncated: Bool

  /// Creates filters, by default those that leave out groups without any advantage.
  package init(equalGroups: EqualGroups = .dropped, masksTruncated: Bool = false) {
    self.equalGroups = equalGroups
    self.masksTruncated = masksTruncated
  }

  /// The number of times that other questions may be asked in a step.
  var extraRounds: Int { if case .resampled(let rounds) = equalGroups { rounds } else { 0 } }
}
