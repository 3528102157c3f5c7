public import PolyaKit

/// Self-taught reasoning (Zelikman et al. 2022, arXiv:2203.14465): a rationale, and when its answer is wrong another one
/// with the right answer as a hint.
///
/// How this differs: the hint is given once, and what mentions it is discarded, so that it cannot reach the training text.
public struct STaRStrategy: Strategy {
  /// As manifests name it.
  public static let id = "polya.star"
  /// For lists.
  public static let title = "Self-taught reasoning"
  /// What it does.
  public static let summary =
    "Asks for a rationale; if its answer is wrong, asks again with the right answer as a hint that the solution must not mention."
  /// Turns and training target.
  public static let guide = """
    The first turn asks the question after up to `shots` worked examples, in the template of `polya.heuristics` without \
    an approach. The stage's verifier checks the reply. If it is wrong, the strategy asks again, with the line \
    `Hint: the answer is …`.

    The reply alone becomes the training target for the bare question. A reply to the hint that mentions a hint is \
    discarded. With `rationalize: false` only first replies are kept, which is rejection sampling (RFT).
    """
  /// What the prompts hold.
  public static let options: [Option] = [
    Option(
      "shots", .integer(0...4), default: "2",
      help:
        "Maximum number of worked examples before the question; two are built in, and a task source may have more."
    ),
    Option(
      "rationalize", .bool, default: "true",
      help: "Whether a wrong answer gets a second try with the right answer as a hint."),
    Option(
      "max-tokens", .integer(0...1_000_000), default: "0",
      help: "Maximum length of a reply in tokens; 0 uses the stage's limit."),
  ]

  /// The one way that it offers.
  public let heuristics = [
    Heuristic(
      id: "star", family: "control", title: "Self-taught",
      idea: "Explain an answer; if it was wrong, explain the right one.")
  ]
  private let shots: Int
  private let rationalizes: Bool
  /// nil: the pipeline's.
  private let maxTokens: Int?

  /// Cannot fail on checked options.
  public init(options: OptionValues, call: Call) { self.init(options: options) }

  /// As the host does it, without a call.
  public init(options: OptionValues) {
    shots = options.integer("shots") ?? 2
    rationalizes = options.bool("rationalize") ?? true
    maxTokens = options.integer("max-tokens").flatMap { $0 == 0 ? nil : $0 }
  }

  /// Asks, checks, asks with the hint, answers.
  public func next(_ item: StrategyItem, _ call: Call) throws -> Move { try next(item) }

  /// The move on its own: it needs nothing from the call.
  public func next(_ item: StrategyItem) throws -> Move {
    if item.turn == 0 { return ask(item, hint: nil) }
    guard let reply = item.transcript.last(where: { $0.role == "assistant" })?.content else {
      throw Failure(.badArgument, "the transcript of turn \(item.turn) has no assistant message")
    }
    let solution = reply.hasSuffix("\n") ? String(reply.dropLast()) : reply
    switch item.turn {
    case 1: return rationalizes ? .check(Move.Trial(solution)) : .answer(solution)
    case 2 where !item.reference.isEmpty: return ask(item, hint: item.reference)
    default: return mentionsHint(solution) ? .giveUp : .answer(solution)
    }
  }

  private func mentionsHint(_ text: String) -> Bool { text.lowercased().contains("hint") }

  /// The whole prompt is one message, so that base models see the same frame on both turns.
  private func ask(_ item: StrategyItem, hint: String?) -> Move {
    let exemplars = item.exemplars.isEmpty ? Self.worked : item.exemplars
    var text = ""
    for exemplar in exemplars.prefix(shots) {
      text +=
        "Question: \(exemplar.question)\n\(Self.hintLine(hint.map { _ in Self.result(exemplar.solution) }))"
      text += "Answer: \(exemplar.solution)\n\n"
    }
    text += "Question: \(item.question)\n\(Self.hintLine(hint))Answer:"
    if hint != nil { text = "\n\n" + text }
    return .ask(
      Move.Ask(
        [Message("user", text)], phase: hint == nil ? "rationale" : "rationalization",
        stop: ["\n\nQuestion:", "\nQuestion:"], maxTokens: maxTokens))
  }

  private static func hintLine(_ answer: String?) -> String {
    answer.map { "Hint: the answer is \($0).\n" } ?? ""
  }

  /// What follows the last "####".
  private static func result(_ solution: String) -> String {
    guard let mark = solution.ranges(of: "####").last else { return "" }
    return String(solution[mark.upperBound...].drop { $0 == " " }.prefix { !$0.isNewline })
  }

  private static let worked = [
    Exemplar(
      question: "A choir has 4 rows of 9 singers, and 5 singers are ill. How many singers are on stage?",
      heuristic: "star",
      solution:
        "There are 4 * 9 = 36 singers in the choir. Without the ill ones 36 - 5 = 31 are on stage.\n#### 31"),
    Exemplar(
      question: "A rope of 50 m is cut into pieces of 8 m. How many metres are left over?", heuristic: "star",
      solution:
        "Six pieces take 6 * 8 = 48 m, and a seventh would need 56 m. So 50 - 48 = 2 m are left over.\n#### 2"
    ),
  ]
}
