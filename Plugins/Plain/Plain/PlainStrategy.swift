public import PolyaKit

/// The bare question in the frame of the run, and nothing else: what sampling without any strategy would give.
public struct PlainStrategy: Strategy {
  /// As manifests name it.
  public static let id = "polya.plain"
  /// For lists.
  public static let title = "Plain"
  /// What it does.
  public static let summary = "Asks the bare question once, without an approach, an instruction or exemplars."
  /// When the frame is to be set.
  public static let guide = """
    The prompt is the option `prompt` with the question filled in. If `prompt` equals the manifest's `run.prompt` (their \
    defaults do), it is byte for byte what training and evaluation ask. Length, temperature and stop strings are the \
    stage's.
    """
  /// The frame.
  public static let options: [Option] = [
    Option(
      "prompt", .text, default: #""Question: {question}\nAnswer:""#,
      help: "The template for the question; if the manifest sets `run.prompt`, set it to the same text.")
  ]

  private static let placeholder = "{question}"

  /// The one way that it offers.
  public let heuristics = [
    Heuristic(id: "plain", family: "control", title: "Plain", idea: "The bare question: vanilla sampling.")
  ]
  private let frame: String

  /// Fails for a frame without a place for the question.
  public init(options: OptionValues, call: Call) throws { try self.init(options: options) }

  /// As the host does it, without a call.
  public init(options: OptionValues) throws {
    frame = options.text("prompt") ?? ""
    guard frame.ranges(of: Self.placeholder).count == 1 else {
      throw Failure(.badOption, "prompt is \"\(frame)\"; it must contain \(Self.placeholder) exactly once")
    }
  }

  /// Asks on turn 0, answers with the reply after that.
  public func next(_ item: StrategyItem, _ call: Call) throws -> Move { try next(item) }

  /// The move on its own: it needs nothing from the call.
  public func next(_ item: StrategyItem) throws -> Move {
    guard item.turn > 0 else {
      return .ask(Move.Ask([Message("user", frame.replacing(Self.placeholder, with: item.question))]))
    }
    guard let reply = item.transcript.last(where: { $0.role == "assistant" }) else {
      throw Failure(.badArgument, "the transcript of turn \(item.turn) has no assistant message")
    }
    return .answer(reply.content.hasSuffix("\n") ? String(reply.content.dropLast()) : reply.content)
  }
}
