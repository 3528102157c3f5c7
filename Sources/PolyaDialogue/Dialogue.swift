package import PolyaCore

/// One answer in the making: a strategy asks, the model replies, until the strategy has an answer.
///
/// An answer that a strategy wants to have checked counts as its answer: only bootstrapping shows it the reference.
package struct Dialogue {
  /// A question to the model and its reply.
  package struct Turn: Sendable {
    /// The conversation up to the question.
    package var chat: [Message]
    /// The token ids that the model was sent.
    package var prompt: [Int32]
    /// The same as text, special tokens included.
    package var text: String
    /// The reply.
    package var completion: Completion
    /// The temperature at which it was sampled.
    package var temperature: Double
    /// The seed of the request. With the sample's number in it, it determines the reply.
    package var seed: UInt64
    /// The number of the reply among those of the same request.
    package var sample: Int
  }

  /// How an answer to a task is sought.
  package let approach: Approach
  /// The task that is answered.
  package let task: Task
  /// Identifies the dialogue among those that are held together.
  package let id: UInt64
  /// The source of all randomness of the dialogue's replies.
  let random: Randomness
  /// What was asked and replied so far.
  package private(set) var turns: [Turn] = []
  private(set) var state = State.open
  private var transcript: [Message] = []
  private var memory: [UInt8] = []
  private var moves = 0

  enum State {
    /// The strategy has the next move.
    case open
    case asking(StrategyMove.Ask)
    case answered(String)
    case failed(String)
  }

  /// The number of moves after which a strategy without an answer has failed.
  private static let mostMoves = 64

  /// Creates a dialogue in which nothing was said.
  ///
  /// - Parameter random: Dialogues with the same task and approach that share it get different replies by their ids.
  package init(_ task: Task, _ approach: Approach, id: UInt64, random: Randomness) {
    self.task = task
    self.approach = approach
    self.id = id
    self.random = random
  }

  /// The answer as bytes, those of the model's last reply where the answer is that reply; nil if there is none.
  package var answer: [UInt8]? {
    guard case .answered(let text) = state else { return nil }
    guard let reply = turns.last?.completion, text == String(decoding: reply.text, as: UTF8.self) else {
      return Array(text.utf8)
    }
    return reply.text
  }

  /// Why there is no answer; nil if there is one.
  package var failure: String? { if case .failed(let why) = state { why } else { nil } }

  /// Whether there is no answer since a prompt did not fit into the model's context.
  package private(set) var isTooLong = false

  /// Whether the answer is the model's last reply, up to white space after it.
  package var answerIsReply: Bool {
    guard case .answered(let text) = state, let reply = transcript.last?.content, reply.hasPrefix(text) else {
      return false
    }
    return reply.utf8.dropFirst(text.utf8.count).allSatisfy { $0 <= 0x20 }
  }

  /// The answer as rewards see it; nil if there is none.
  ///
  /// - Parameter group: Answers with the same number are judged together.
  package func judged(id: UInt64, group: UInt64) -> Answer? {
    guard let answer else { return nil }
    let completion = answerIsReply ? turns.last?.completion : nil
    return Answer(
      id: id, groupID: group, task: task, completion: answer, tokens: completion?.tokens ?? [],
      logprobs: completion?.logprobs ?? [], transcript: answerIsReply ? transcript.dropLast() : transcript)
  }

  /// The number of tokens of the last prompt that the model neither sampled nor was first sent.
  package var insertedTokens: Int {
    guard let first = turns.first, let last = turns.last else { return 0 }
    let sampled = turns.dropLast().reduce(0) { $0 + $1.completion.tokens.count }
    return max(last.prompt.count - first.prompt.count - sampled, 0)
  }

  var isOpen: Bool { if case .open = state { true } else { false } }

  var ask: StrategyMove.Ask? { if case .asking(let ask) = state { ask } else { nil } }

  /// The conversation with what is asked next.
  var chat: [Message] { transcript + (ask?.messages ?? []) }

  var strategyTurn: StrategyTurn {
    StrategyTurn(
      id: random.key &+ id, task: task, heuristic: approach.heuristic, transcript: transcript, state: memory,
      turn: moves)
  }

  mutating func take(_ move: Result<StrategyMove, PolyaError>) {
    guard moves < Self.mostMoves else { return fail("no answer after \(Self.mostMoves) turns") }
    moves += 1
    switch move {
    case .failure(let error): fail(error.message)
    case .success(.giveUp): fail("the strategy gave up")
    case .success(.answer(let answer)): state = .answered(answer)
    case .success(.check(let trial)): state = .answered(trial.answer)
    case .success(.ask(let ask)): state = .asking(ask)
    }
  }

  mutating func fail(_ why: String, isTooLong: Bool = false) {
    state = .failed(why)
    self.isTooLong = isTooLong
  }

  mutating func hear(_ turn: Turn) {
    memory = ask?.state ?? []
    transcript =
      turn.chat + [Message(role: "assistant", content: String(decoding: turn.completion.text, as: UTF8.self))]
    turns.append(turn)
    state = .open
  }
}

/// A strategy and the heuristic by which it asks.
package struct Approach {
  /// The strategy.
  package let strategy: any Strategy
  /// One of its heuristics.
  package let heuristic: String

  /// Creates an approach.
  package init(_ strategy: any Strategy, _ heuristic: String) {
    self.strategy = strategy
    self.heuristic = heuristic
  }

  /// Returns what is asked first about a task; nothing if the strategy does not begin with a question.
  package func opening(of task: Task, seed: UInt64) throws -> [Message] {
    let turn = StrategyTurn(id: 0, task: task, heuristic: heuristic)
    guard case .ask(let ask) = try strategy.next([turn], seed: seed).first?.get() else { return [] }
    return ask.messages
  }

  func isSame(as other: Approach) -> Bool { strategy === other.strategy && heuristic == other.heuristic }
}
