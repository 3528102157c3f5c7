public import PolyaKit

/// The reward: what a model of the manifest says of an answer when it is asked.
public struct ModelJudge: BatchReward {
  /// As manifests name it.
  public static let id = "polya.judge"
  /// For lists.
  public static let title = "A model as judge"
  /// What it does.
  public static let summary =
    "Asks a model of the manifest about each answer; scores how likely it is to say yes, or the number it writes."
  /// Formulas.
  public static let guide = """
    logit: raw = p(yes) / (p(yes) + p(no)) of the two words after the prompt. number: raw is the first number in the \
    reply, rescaled from lowest...highest to 0...1. The score is raw or, with the option 'calibration', the probability \
    that logistic regression (Platt 1999) assigns to it.
    """
  /// What to ask, and how to read the reply.
  public static let options: [Option] = [
    Option("model", .model, required: true, help: "The model of the manifest that judges."),
    Option(
      "prompt", .text,
      default: """
        "Question: {question}\\n\\nAnswer: {answer}\\n\\nDoes this answer solve the question by this approach: \
        {reference}? Reply Yes or No.\\n"
        """,
      help: "What the judge is asked; must contain {answer}, and may contain {question} and {reference}."),
    Option(
      "scale",
      .choice([
        ("logit", "how likely 'yes' is compared with 'no'"),
        ("number", "the first number that the judge writes"),
      ]), default: "\"logit\"", help: "How the reply is read."),
    Option("yes", .text, default: "\"Yes\"", help: "The reply that means yes, for scale logit."),
    Option("no", .text, default: "\"No\"", help: "The reply that means no, for scale logit."),
    Option("lowest", .real(nil), default: "1", help: "The worst number, for scale number."),
    Option("highest", .real(nil), default: "10", help: "The best number, for scale number."),
    Option(
      "max-tokens", .integer(1...100_000), default: "16",
      help: "Maximum length of the reply in tokens, for scale number."),
    Option(
      "calibration", .path,
      help:
        "A file of JSON lines with 'raw' (the component) and 'right' (true or false), to calibrate the score."
    ),
  ]

  private let model: String
  private let template: JudgePrompt
  private let scale: Scale
  private let calibration: Calibration?

  /// Takes checked options.
  ///
  /// - Throws: ``Failure`` when they contradict each other, or for a file that cannot be fitted.
  public init(options: OptionValues, call: Call) throws { try self.init(options) }

  init(_ options: OptionValues) throws {
    guard let model = options.text("model") else {
      throw Failure(.badOption, "model is missing; name a model of the manifest")
    }
    self.model = model
    template = try JudgePrompt(options.text("prompt") ?? "")
    scale = try Scale(options)
    calibration = try options.text("calibration").map { path in
      try Calibration(
        OptionFile.rows(path, of: "an object with 'raw' (0 to 1) and 'right' (true or false)") { row in
          guard let raw = row["raw"]?.double, (0...1).contains(raw), let right = row["right"]?.bool else {
            return nil
          }
          return (raw, right)
        }, path)
    }
  }

  /// A probability, or a share of the way.
  public var range: ClosedRange<Double> { 0...1 }

  /// Before calibration.
  public var components: [Component] {
    [Component("raw", 0...1, help: "what the judge says, before calibration")]
  }

  /// Few enough that a large model can be stopped between them, enough to keep it busy.
  private static let portion = 16

  /// Verdicts on all items; an item whose prompt is too long, or whose reply holds no number, gets none.
  public func score(_ items: [RewardItem], _ call: Call) throws -> [Result<Verdict, Failure>] {
    try stride(from: 0, to: items.count, by: Self.portion).flatMap { start in
      try call.checkStop()
      return try verdicts(on: Array(items[start..<min(start + Self.portion, items.count)]), call)
    }.map { .success($0) }
  }

  private func verdicts(on items: [RewardItem], _ call: Call) throws -> [Verdict] {
    let judge = try call.model(model)
    let prompts = try judge.promptTokens(items.map { [Message("user", template.text(for: $0))] })
    let context = try judge.contextLength()
    let fitting = items.indices.filter { prompts[$0].count + scale.room <= context && !prompts[$0].isEmpty }
    var raw = try scale.read(fitting.map { (prompts[$0], items[$0].id) }, judge, seed: call.seed)[...]
    var isFitting = items.map { _ in false }
    for index in fitting { isFitting[index] = true }
    return isFitting.map { $0 ? verdict(raw.removeFirst()) : Self.tooLong }
  }

  private static var tooLong: Verdict {
    .abstain(notes: [Note("length", "the prompt does not fit into the judge's context")])
  }

  func verdict(_ raw: Double?) -> Verdict {
    guard let raw else {
      return .abstain(notes: [
        Note("no-number", "the judge's reply has no number, or its first number is outside the scale")
      ])
    }
    return .scored(Verdict.Score(calibration?.probability(raw) ?? raw, components: [raw]))
  }
}
