public import PolyaKit

/// Pólya's four phases as a dialog: understand the problem, devise a plan, carry it out, look back.
public struct FourPhaseStrategy: Strategy {
  /// As manifests name it.
  public static let id = "polya.four-phase"
  /// For lists.
  public static let title = "Pólya's four phases"
  /// What it does.
  public static let summary =
    "Understands the problem, devises a plan, carries it out and looks back, one turn per phase."
  /// Turns and training target.
  public static let guide = """
    Each of `phases` is one turn. With `target: "solution"`, the solution alone becomes the training target for the bare \
    question; with `"all-phases"`, all replies under their headings do. Looking back may revise: the last solution wins.

    Messages and replies read as one page, so that base models can continue it; `shots` worked pages precede the question.
    """
  /// Phases, target, frame and lengths.
  public static let options: [Option] =
    [
      Option(
        "phases", .choice(Phase.allCases.map { ($0.rawValue, $0.help) }), default: defaultPhases, list: true,
        help: "The phases to go through, in this order; `carry-out` is required."),
      Option(
        "target",
        .choice([
          ("solution", "the final solution"),
          ("all-phases", "every phase under its heading"),
        ]), default: "\"solution\"", help: "What becomes the training target for the bare question."),
      Option(
        "shots", .integer(0...Int64(Example.all.count)), default: "1",
        help: "Number of questions, worked in all phases, that precede the question; they are mathematical."),
      Option(
        "instruct", .bool, default: "true", help: "Whether Pólya's questions precede each heading."),
      Option(
        "ending", .text, default: "\"End with a line of #### and the answer.\"",
        help: "Asks, at the end of the request for a solution, for the form of the answer; may be empty."),
    ]
    + Phase.allCases.map {
      Option(
        "\($0.rawValue)-tokens", .integer(0...1_000_000), default: "0",
        help: "Maximum length of the phase's reply in tokens; 0 uses the stage's limit.")
    }

  private static let defaultPhases =
    "[" + Phase.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ") + "]"

  /// The one way that it offers.
  public let heuristics = [
    Heuristic(
      id: "four-phase", family: "phases", title: "Four phases",
      idea: "Understand the problem, devise a plan, carry it out, look back.")
  ]
  private let phases: [Phase]
  private let dialog: Dialog
  private let keepsAllPhases: Bool
  private let examples: ArraySlice<Example>
  /// Without a phase: the pipeline's.
  private let maxTokens: [Phase: Int]

  /// Fails for phases out of order, twice, or without `carry-out`.
  public init(options: OptionValues, call: Call) throws { try self.init(options: options) }

  /// As the host does it, without a call.
  public init(options: OptionValues) throws {
    phases = options.texts("phases").compactMap(Phase.init)
    guard phases == Phase.allCases.filter(phases.contains), phases.contains(.carryOut) else {
      throw Failure(
        .badOption,
        "phases is [\(phases.map(\.rawValue).joined(separator: ", "))]; name some of "
          + "\(Phase.allCases.map(\.rawValue).joined(separator: ", ")), in this order, including carry-out")
    }
    dialog = Dialog(
      phases: phases, isInstructed: options.bool("instruct") ?? true, ending: options.text("ending") ?? "")
    keepsAllPhases = options.text("target") == "all-phases"
    examples = Example.all.prefix(options.integer("shots") ?? 1)
    maxTokens = Dictionary(
      uniqueKeysWithValues: Phase.allCases.compactMap { phase in
        options.integer("\(phase.rawValue)-tokens").flatMap { $0 == 0 ? nil : (phase, $0) }
      })
  }

  /// Asks for the next phase, and answers after the last one.
  public func next(_ item: StrategyItem, _ call: Call) throws -> Move { try next(item) }

  /// The move on its own: it needs nothing from the call.
  public func next(_ item: StrategyItem) throws -> Move {
    guard item.turn > 0 else { return ask(phases[0], dialog.opening(item.question, after: examples)) }
    let done = try replies(item)
    guard done.count == phases.count else {
      let phase = phases[done.count]
      return ask(phase, dialog.request(phase))
    }
    return .answer(keepsAllPhases ? page(done) : solution(done))
  }

  /// The state is the phase that was asked for: with it a dialog goes on wherever it was left.
  private func ask(_ phase: Phase, _ text: String) -> Move {
    .ask(
      Move.Ask(
        [Message("user", text)], phase: phase.rawValue, stop: dialog.stops, maxTokens: maxTokens[phase],
        state: Array(phase.rawValue.utf8)))
  }

  /// Of the phases so far.
  private func replies(_ item: StrategyItem) throws -> [String] {
    let state = String(decoding: item.state, as: UTF8.self)
    guard let phase = Phase(rawValue: state), let index = phases.firstIndex(of: phase) else {
      throw Failure(.badArgument, "turn \(item.turn) has the state \"\(state)\", which names no phase")
    }
    let replies = item.transcript.filter { $0.role == "assistant" }
    guard replies.count == index + 1 else {
      throw Failure(
        .badArgument,
        "after the phase \(state) the transcript must have \(index + 1) replies, not \(replies.count)")
    }
    return zip(phases, replies).map { Reply.text($1.content, of: $0) }
  }

  private func solution(_ replies: [String]) -> String {
    let byPhase = Dictionary(uniqueKeysWithValues: zip(phases, replies))
    let solution = byPhase[.carryOut, default: ""]
    return byPhase[.lookBack].map { Revision.standing(solution, after: $0) } ?? solution
  }

  private func page(_ replies: [String]) -> String {
    zip(phases, replies).map { "\($0.heading) \($1)" }.joined(separator: "\n\n")
  }
}
