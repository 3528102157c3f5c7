public import PolyaKit

/// The reward: how much likelier an answer is after its heuristic's prompt than after the plain question.
public struct LikelihoodAdherence: BatchReward {
  /// As manifests name it.
  public static let id = "polya.adherence"
  /// For lists.
  public static let title = "Adherence by likelihood"
  /// What it does.
  public static let summary =
    "Scores how well an answer follows its heuristic, by a likelihood ratio under a model of the manifest."
  /// Formula.
  public static let guide = """
    score = logistic(scale * ratio), ratio = (log p(answer | what the model was told) - log p(answer | plain prompt)) \
    / tokens of the answer. The reward abstains when the reference is not of kind heuristic.
    """
  /// Which model, and against what.
  public static let options: [Option] = [
    Option("model", .model, required: true, help: "The model of the manifest that computes the likelihoods."),
    Option(
      "plain", .text, default: "\"Question: {question}\\nAnswer:\"",
      help: "The prompt without a heuristic; must contain {question}."),
    Option("scale", .real(0.001...1000), default: "4", help: "Steepness of the logistic curve."),
  ]

  private let model: String
  private let ratio: LikelihoodRatio

  /// Takes checked options.
  ///
  /// - Throws: ``Failure`` when the plain prompt does not hold the question.
  public init(options: OptionValues, call: Call) throws {
    guard let model = options.text("model") else {
      throw Failure(.badOption, "model is missing; name a model of the manifest")
    }
    self.model = model
    ratio = try LikelihoodRatio(
      plain: options.text("plain") ?? "", scale: options.real("scale") ?? 4)
  }

  /// Of the logistic curve.
  public var range: ClosedRange<Double> { 0...1 }

  /// What the score is made of.
  public var components: [Component] {
    [
      Component(
        "ratio", -1000...1000,
        help: "in nats per token; above 0 when the heuristic's prompt makes the answer likelier"),
      Component(
        "told", -1000...0, help: "mean log-prob of the answer's tokens after what the model was told"),
      Component("plain", -1000...0, help: "mean log-prob after the plain prompt"),
    ]
  }

  /// Few enough that a large model can be stopped between them, enough to keep it busy.
  private static let portion = 16

  /// Verdicts on all items; those without a heuristic get none.
  public func score(_ items: [RewardItem], _ call: Call) throws -> [Result<Verdict, Failure>] {
    try stride(from: 0, to: items.count, by: Self.portion).flatMap { start in
      try call.checkStop()
      return try verdicts(on: items[start..<min(start + Self.portion, items.count)], call)
    }
  }

  private func verdicts(on items: ArraySlice<RewardItem>, _ call: Call) throws -> [Result<Verdict, Failure>] {
    let asked = items.filter { $0.heuristic != nil }
    guard !asked.isEmpty else { return items.map { _ in .success(.withoutHeuristic) } }
    var verdicts = try ratio.verdicts(on: asked, by: try call.model(model))[...]
    return items.map { .success($0.heuristic == nil ? .withoutHeuristic : verdicts.removeFirst()) }
  }
}
