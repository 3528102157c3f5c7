public import PolyaKit

/// A dialog in which the model writes Python, sees what it prints, and goes on.
public final class PythonToolStrategy: Strategy {
  /// As manifests name it.
  public static let id = "polya.python-tool"
  /// For lists.
  public static let title = "Python as a tool"
  /// What it does.
  public static let summary =
    "Asks a question and runs the Python that the model writes, in a sandbox; the output is the next message."
  /// Turns and answers.
  public static let guide = """
    A reply that ends with a fenced block of Python is run, and its output, or the exception that ended it, is the next \
    message. A reply that does not is the answer, and so is the reply after the last run that `max-runs` allows. \
    Programs run one after the other in the sandbox of polya.code-tests, without input; each begins anew.
    """
  /// Runs text that a model wrote.
  public static let traits: Traits = [.runsCode]
  /// The dialog, and limits of a program.
  public static let options: [Option] =
    [
      Option(
        "instruction", .text,
        default:
          "\"You may use Python: write a program in a block that begins with ```python and ends with ```, and what it "
          + "prints will be shown to you. End with a line of #### and the answer.\"",
        help: "What follows the question."),
      Option("max-runs", .integer(1...64), default: "3", help: "Most programs of one dialog that are run."),
      Option(
        "output-bytes", .integer(16...1_000_000), default: "2000",
        help: "Most bytes of an output that are shown; what is left out is named."),
      Option(
        "role", .choice([("user", "a message of the user"), ("tool", "a message of a tool")]),
        default: "\"user\"",
        help: "Whose message an output is. Not every chat template knows tools."),
    ] + Programs.options

  /// The one way that it offers.
  public let heuristics = [
    Heuristic(id: "python", family: "tools", title: "Python", idea: "Let a program calculate.")
  ]
  private let instruction: String
  private let role: String
  private let mostRuns: Int
  private let mostShown: Int
  private let programs: Programs

  /// Ends a reply: what a model would write if it went on by itself.
  private static let stops = ["\nOutput:", "\nQuestion:"]

  /// Fails where the sandbox cannot be made, with what to install.
  public convenience init(options: OptionValues, call: Call) throws {
    try self.init(options: options, shouldStop: { call.shouldStop })
  }

  init(options: OptionValues, shouldStop: () -> Bool) throws {
    instruction = options.text("instruction") ?? ""
    role = options.text("role") ?? "user"
    mostRuns = Int(options.integer("max-runs") ?? 3)
    mostShown = Int(options.integer("output-bytes") ?? 2000)
    programs = try Programs(options, shouldStop)
  }

  /// Asks, runs what the reply ends with, and answers with a reply that ends with no program.
  public func next(_ item: StrategyItem, _ call: Call) throws -> Move {
    try next(item, shouldStop: { call.shouldStop })
  }

  func next(_ item: StrategyItem, shouldStop: () -> Bool) throws -> Move {
    guard let reply = item.transcript.last, reply.role == "assistant" else {
      return ask("user", "Question: \(item.question)\n\(instruction)\n")
    }
    let replies = item.transcript.count { $0.role == "assistant" }
    guard replies <= mostRuns, let program = Self.program(endingIn: reply.content) else {
      return .answer(reply.content.hasSuffix("\n") ? String(reply.content.dropLast()) : reply.content)
    }
    return ask(role, "Output:\n```\n\(shown(try programs.output(of: program, shouldStop)))\n```\n")
  }

  private func ask(_ role: String, _ content: String) -> Move {
    .ask(Move.Ask([Message(role, content)], stop: Self.stops))
  }

  /// The last block of a reply, if it says that it is Python and nothing follows it.
  static func program(endingIn reply: String) -> String? {
    guard let block = CodeBlock.all(in: reply, of: .python).last else { return nil }
    let bytes = Array(reply.utf8)
    let fence = bytes[..<block.bytes.lowerBound].split(separator: UInt8(ascii: "\n")).last ?? []
    let marks = Set("`~ \t\r\n".utf8)
    guard String(decoding: fence, as: UTF8.self).lowercased().contains("py"),
      bytes[block.bytes.upperBound...].allSatisfy(marks.contains)
    else { return nil }
    return block.text
  }

  private func shown(_ output: String) -> String {
    let text = output.hasSuffix("\n") ? String(output.dropLast()) : output
    guard text.utf8.count > mostShown else { return text.isEmpty ? "(no output)" : text }
    let kept = String(decoding: text.utf8.prefix(mostShown), as: UTF8.self)
    return "\(kept)\n(\(text.utf8.count - mostShown) more bytes)"
  }
}
