internal import PolyaCore

/// The keys of a reinforce stage that choose the method, with a preset as their defaults.
struct PolicyKeys {
  let credit: CreditAssignment
  let objective: PolicyObjective
  /// Of the objective, which has it already unless it depends on who samples.
  let correction: SamplerCorrection.Choice
  let filters: RolloutFilters

  static let all: [any DeclaredSetting] = [
    Preset.key, combine, shaping, advantage, weighting, policyLoss, ratio, clip, clipLow, clipHigh,
    aggregation,
    klCoefficient, klEstimator, klIn, entropyCoefficient, entropyTarget, entropyStep, entropyTokens,
    equalGroups,
    maskTruncated, correction,
  ]

  private static let combine = Setting<RewardCombination>.choice(
    "combine",
    "Several rewards: the advantage of the weighted sum ('sum'), or of each entry of 'rewards' and then the weighted sum ('decoupled', GDPO, arXiv:2601.05242)."
  ).standard(.sum)
  private static let shaping = VariantSetting<any RewardShaping>.list(
    "shaping", of: Shapings.all,
    "Terms that are added to the reward of a rollout before its advantage is computed.")
  private static let advantage = VariantSetting<any AdvantageEstimator>.one(
    "advantage", of: Advantages.all, standard: "standardized",
    "How the rewards of a group become advantages, which weight the log-probs of its tokens.")
  private static let weighting = VariantSetting<any AdvantageWeighting>.list(
    "weighting", of: Weightings.all, "Weights by which the advantages are multiplied.")
  private static let policyLoss = VariantSetting<any PolicyLoss>.one(
    "policy-loss", of: PolicyLosses.all, standard: "clipped",
    "How the advantage and the ratio of the token's probabilities, now and when it was sampled, become a loss."
  )
  private static let ratio = Setting<PolicyObjective.RatioLevel>.choice(
    "ratio", "What a ratio is of: each token, or the whole completion as a geometric mean ('sequence', GSPO)."
  ).standard(.token)
  private static let clip = Setting.real(
    "clip", in: 0...1e6, "How far the ratio may leave 1 before it gives no gradient."
  ).standard(0.2)
  private static let clipLow = Setting.real("clip-low", in: 0...1, "The same, below 1 only.").optional(
    "as 'clip'")
  private static let clipHigh = Setting.real("clip-high", in: 0...1e6, "The same, above 1 only.").optional(
    "as 'clip'")
  private static let aggregation = Setting<Aggregation>.choice(
    "aggregation",
    "The mean over a step's tokens ('token-mean', DAPO), over rollouts of each one's mean ('sequence-mean', GRPO), or the sum over tokens divided by rollouts times 'max-tokens' ('constant', Dr. GRPO)."
  ).standard(.tokenMean)
  private static let klCoefficient = Setting.real(
    "kl-coefficient", in: 0...1e6, "The factor of the KL divergence from the reference model."
  ).standard(0).formerly("kl")
  private static let klEstimator = Setting<KLPenalty.Estimator>.choice(
    "kl-estimator",
    "With d the difference of the log-probs of policy and reference: d ('k1'), d² / 2 ('k2'), or exp(-d) + d - 1 ('k3')."
  ).standard(.k3)
  private static let klIn = Setting<KLPenalty.Place>.choice(
    "kl-in", "Whether the divergence is a term of the loss, or subtracted from the reward of the rollout."
  ).standard(.loss)
  private static let entropyCoefficient = Setting.real(
    "entropy-coefficient", in: 0...1e6,
    "The factor of the policy's mean entropy, in nats, that is subtracted from the loss."
  ).standard(0)
  private static let entropyTarget = Setting.real(
    "entropy-target", in: 0...1e6,
    "The entropy per token, in nats, toward which the coefficient moves: up below it, down above it, where it does not act (arXiv:2505.22312)."
  ).optional("the coefficient stays")
  private static let entropyStep = Setting.real(
    "entropy-step", in: 0...1e6, "What the coefficient moves by after each step, if there is a target."
  ).standard(0.005)
  private static let entropyTokens = Setting.real(
    "entropy-tokens", in: 0...1,
    "The share of a step's tokens, those of highest entropy, that get the policy loss (arXiv:2506.01939)."
  ).standard(1)
  private static let equalGroups = VariantSetting<RolloutFilters.EqualGroups>.one(
    "equal-groups", of: RolloutFilters.EqualGroups.variants, standard: "drop",
    "What happens to groups without any advantage, most of which are all right or all wrong.")
  private static let maskTruncated = Setting.bool(
    "mask-truncated",
    "Whether completions that were cut off by 'max-tokens' are left out of the loss; they count in their groups."
  ).standard(false)
  private static let correction = VariantSetting<SamplerCorrection.Choice>.one(
    "correction", of: SamplerCorrection.variants, standard: "as-needed",
    "Weights for tokens whose probability in training differs from that in sampling, as with another 'sampler'."
  )

  /// Reads the keys.
  init(_ reader: ObjectReader) throws {
    reader.defaults = try reader.read(Preset.key)
    // Whoever gives the common range means both sides.
    if reader.members["clip"] != nil {
      reader.defaults["clip-low"] = nil
      reader.defaults["clip-high"] = nil
    }
    credit = CreditAssignment(
      combination: try reader.read(Self.combine), shaping: try reader.readAll(Self.shaping),
      advantage: try reader.read(Self.advantage), weighting: try reader.readAll(Self.weighting))
    let clip = try reader.read(Self.clip)
    correction = try reader.read(Self.correction)
    objective = PolicyObjective(
      loss: try reader.read(Self.policyLoss),
      clip: ClipRange(
        low: try reader.read(Self.clipLow) ?? min(clip, 1), high: try reader.read(Self.clipHigh) ?? clip),
      ratio: try reader.read(Self.ratio), aggregation: try reader.read(Self.aggregation),
      kl: KLPenalty(
        coefficient: try reader.read(Self.klCoefficient), estimator: try reader.read(Self.klEstimator),
        place: try reader.read(Self.klIn)),
      entropy: EntropyBonus(
        coefficient: try reader.read(Self.entropyCoefficient), target: try reader.read(Self.entropyTarget),
        delta: try reader.read(Self.entropyStep), tokenShare: try reader.read(Self.entropyTokens)),
      correction: correction.correction(for: nil))
    filters = RolloutFilters(
      equalGroups: try reader.read(Self.equalGroups), masksTruncated: try reader.read(Self.maskTruncated))
    reader.defaults = [:]
  }
}
