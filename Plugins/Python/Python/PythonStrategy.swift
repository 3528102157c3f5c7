public import PolyaKit

/// A strategy written in Python.
public final class PythonStrategy: SegmentingStrategy {
  /// As manifests name it.
  public static let id = "polya.python-strategy"
  /// For lists.
  public static let title = "Strategy in Python"
  /// One sentence.
  public static let summary =
    "Runs a strategy from your Python file, which has a list 'heuristics' and a function 'next'."
  /// The network is for those who set the option of this name.
  public static let traits: Traits = [.ownProcess, .network]
  /// What a manifest may set.
  public static let options = PythonSettings.options

  /// As the file lists them.
  public let heuristics: [Heuristic]
  private let pool: PythonPool

  /// Starts the first interpreter and loads the code.
  public init(options: OptionValues, call: Call) throws {
    let settings = try PythonSettings(options, kind: "strategy")
    pool = try PythonPool(settings, call)
    heuristics = try Heuristic.list(pool.description["heuristics"], of: settings)
    guard !heuristics.isEmpty else {
      throw Failure(.badOption, "\(settings.name) offers no heuristic: its list 'heuristics' is empty")
    }
  }

  /// What the function 'next' says.
  public func next(_ item: StrategyItem, _ call: Call) throws -> Move {
    let answer = try pool.answer(request(for: item, call), call)
    if let error = answer["error"].text { throw Failure(.internal, error) }
    return try move(answer["move"])
  }

  /// What the function 'segment' says.
  public func segments(_ item: AnswerItem, _ call: Call) throws -> [Segment] {
    guard pool.description["segments"] == .bool(true) else {
      throw Failure(.unsupported, "the code has no function 'segment'")
    }
    let answer = try pool.answer(
      .map([
        "id": .integer(Int64(bitPattern: item.id)), "question": .text(item.question),
        "heuristic": .text(item.heuristic), "answer": .text(item.answer),
      ]), call)
    if let error = answer["error"].text { throw Failure(.internal, error) }
    return try (answer["segments"].list ?? []).map { part in
      guard let begin = part["begin"].integer, let end = part["end"].integer, let label = part["label"].text
      else {
        throw Failure(.internal, "a segment must have 'begin', 'end' and 'label'")
      }
      return Segment(Int(begin)..<Int(end), label: label)
    }
  }

  private func request(for item: StrategyItem, _ call: Call) -> Value {
    .map([
      "id": .integer(Int64(bitPattern: item.id)), "seed": .integer(Int64(bitPattern: call.seed)),
      "question": .text(item.question), "heuristic": .text(item.heuristic),
      "metadata": .text(item.metadataJSON),
      "reference": .text(item.reference), "turn": .integer(Int64(item.turn)),
      "state": .text(String(decoding: item.state, as: UTF8.self)),
      "exemplars": .list(
        item.exemplars.map {
          .map([
            "question": .text($0.question), "heuristic": .text($0.heuristic), "solution": .text($0.solution),
          ])
        }),
      "transcript": .list(
        item.transcript.map { .map(["role": .text($0.role), "content": .text($0.content)]) }),
    ])
  }

  private func move(_ value: Value) throws -> Move {
    if value == .null { return .giveUp }
    if let answer = value["answer"].text { return .answer(answer) }
    if let answer = value["check"].text {
      return .check(Move.Trial(answer, state: Array((value["state"].text ?? "").utf8)))
    }
    guard let messages = value["ask"].list, !messages.isEmpty else {
      throw Failure(
        .internal,
        "next() must return {\"ask\": [messages]} with at least one message, {\"answer\": text}, {\"check\": text} or None"
      )
    }
    return .ask(
      Move.Ask(
        try messages.map { message in
          guard let role = message["role"].text, let content = message["content"].text else {
            throw Failure(.internal, "a message must have the strings 'role' and 'content'")
          }
          return Message(role, content)
        },
        phase: value["phase"].text ?? "carry-out", stop: value["stop"].texts,
        maxTokens: value["max_tokens"].integer.map { Int($0) }, temperature: value["temperature"].real,
        state: Array((value["state"].text ?? "").utf8)))
  }
}

extension Heuristic {
  /// The heuristics that a file lists.
  static func list(_ value: Value, of settings: PythonSettings) throws -> [Heuristic] {
    try (value.list ?? []).map { entry in
      guard let id = entry["id"].text else {
        throw Failure(.badOption, "\(settings.name): every heuristic must have an 'id'")
      }
      return Heuristic(
        id: id, family: entry["family"].text ?? "", title: entry["title"].text ?? id,
        idea: entry["idea"].text ?? "")
    }
  }
}
