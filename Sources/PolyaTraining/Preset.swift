internal import PolyaCore

/// A named method: values for the keys of a reinforce stage that the manifest does not give.
struct Preset: Sendable {
  let name: String
  let source: String
  /// The values, as a manifest would have them.
  let settings: JSON.Members
  /// How the method as published differs from what the values give.
  let difference: String

  /// What is said about the preset: its source, all that it sets, and how it differs from the paper.
  private var help: String {
    let values = settings.pairs.map { "`\($0.key): \($0.value.compact)`" }.joined(separator: ", ")
    return "\(source). Sets \(values). \(difference)"
  }

  /// The key of a stage that names a preset.
  static let key = VariantSetting<JSON.Members>.one(
    "preset",
    of: [Variant("none", "Each key has its own default.") { _ in [:] }]
      + all.map { preset in Variant(preset.name, preset.help) { _ in preset.settings } },
    standard: "none", "A published method, whose parts are the defaults of the other keys.")

  static let all: [Preset] = [
    Preset(
      name: "grpo", source: "GRPO (arXiv:2402.03300)",
      settings: [
        "advantage": "standardized", "policy-loss": "clipped", "clip": 0.2, "aggregation": "sequence-mean",
        "equal-groups": "count", "kl-coefficient": 0.04, "kl-estimator": "k3",
      ],
      difference:
        "As in the paper with outcome rewards; its reference is replaced between iterations, ours is fixed."),
    Preset(
      name: "dr-grpo", source: "Dr. GRPO (arXiv:2503.20783)",
      settings: [
        "advantage": "centered", "policy-loss": "clipped", "clip": 0.2, "aggregation": "constant",
        "equal-groups": "count", "kl-coefficient": 0,
      ], difference: "As in the paper."),
    Preset(
      name: "dapo", source: "DAPO (arXiv:2503.14476)",
      settings: [
        "advantage": "standardized", "policy-loss": "clipped", "clip-low": 0.2, "clip-high": 0.28,
        "aggregation": "token-mean", "equal-groups": "resample", "shaping": ["length"], "kl-coefficient": 0,
      ],
      difference:
        "The paper resamples without a limit, takes 16 updates of a batch, and has rewards of 1 and -1; give 'updates-per-rollout' for the former."
    ),
    Preset(
      name: "rloo", source: "RLOO (arXiv:2402.14740)",
      settings: [
        "advantage": "leave-one-out", "policy-loss": "clipped", "clip": 0.2, "aggregation": "constant",
        "equal-groups": "count", "kl-coefficient": 0.05, "kl-estimator": "k1", "kl-in": "reward",
      ],
      difference:
        "The paper does not clip, which with one update per batch is the same, and sums over tokens; here the sum is divided by 'max-tokens'."
    ),
    Preset(
      name: "reinforce++", source: "REINFORCE++ (arXiv:2501.03262)",
      settings: [
        "advantage": "batch-normalized", "policy-loss": "clipped", "clip": 0.2, "aggregation": "token-mean",
        "equal-groups": "count", "kl-coefficient": 0.01, "kl-estimator": "k1", "kl-in": "reward",
      ],
      difference:
        "The paper subtracts the penalty from the reward of each token and normalizes over tokens; here it is summed over the rollout."
    ),
    Preset(
      name: "gspo", source: "GSPO (arXiv:2507.18071)",
      settings: [
        "advantage": "standardized", "policy-loss": "clipped", "ratio": "sequence", "clip-low": 0.0003,
        "clip-high": 0.0004, "aggregation": "sequence-mean", "equal-groups": "count", "kl-coefficient": 0,
      ], difference: "As in the paper, which takes 4 updates of a batch; give 'updates-per-rollout'."),
    Preset(
      name: "cispo", source: "CISPO (arXiv:2506.13585)",
      settings: [
        "advantage": "standardized", "policy-loss": "cispo", "clip-low": 1, "clip-high": 4,
        "aggregation": "token-mean", "equal-groups": "drop", "kl-coefficient": 0,
      ],
      difference:
        "The paper does not state its upper clip; 4 is in the range that ScaleRL (arXiv:2510.13786) found good."
    ),
    Preset(
      name: "maxrl", source: "MaxRL (arXiv:2602.02710)",
      settings: [
        "advantage": "max-rl", "policy-loss": "clipped", "clip": 0.2, "aggregation": "constant",
        "equal-groups": "count", "kl-coefficient": 0,
      ], difference: "The paper sums over tokens; here the sum is divided by 'max-tokens'."),
    Preset(
      name: "pkpo", source: "PKPO (arXiv:2505.15201)",
      settings: [
        "advantage": ["kind": "pkpo", "k": 4], "policy-loss": "clipped", "clip": 0.2,
        "aggregation": "constant",
        "equal-groups": "count", "kl-coefficient": 0,
      ],
      difference:
        "The paper anneals k; give 'advantage' with 'final-k'. It sums over tokens; here the sum is divided by 'max-tokens'."
    ),
  ]
}
