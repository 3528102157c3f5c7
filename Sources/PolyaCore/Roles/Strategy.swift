/// A way to approach a question.
public struct Heuristic: Sendable, Equatable {
  /// [a-z][a-z0-9-]*.
  public var id: String
  /// Groups related heuristics.
  public var family: String
  /// How people call it.
  public var title: String
  /// One line.
  public var idea: String

  /// A heuristic.
  public init(id: String, family: String, title: String, idea: String) {
    self.id = id
    self.family = family
    self.title = title
    self.idea = idea
  }
}

/// One turn of a conversation.
public struct Message: Sendable, Equatable {
  /// "system", "user", "assistant" or "tool".
  public var role: String
  /// What was said.
  public var content: String

  /// A turn.
  public init(role: String, content: String) {
    self.role = role
    self.content = content
  }
}

/// A question worked out by a named heuristic.
public struct Exemplar: Sendable, Equatable {
  /// The bare question.
  public var question: String
  /// The heuristic's id.
  public var heuristic: String
  /// Steps and final answer.
  public var solution: String

  /// An exemplar.
  public init(question: String, heuristic: String, solution: String) {
    self.question = question
    self.heuristic = heuristic
    self.solution = solution
  }
}

/// Turns a question into what is asked of a model. Pure.
public protocol Strategy: AnyObject {
  /// The plugin's id.
  var id: String { get }
  /// What a turn may name; at least one.
  var heuristics: [Heuristic] { get }
  /// The next move of each conversation, or why that row failed.
  func next(_ turns: [StrategyTurn], seed: UInt64) throws -> [Result<StrategyMove, PolyaError>]
  /// The heuristics that each answer shows, part by part and so perhaps more than once, or why that row failed; nil
  /// when the strategy labels no answers.
  func labels(of answers: [ShownAnswer], seed: UInt64) throws -> [Result<[String], PolyaError>]?
}

extension Strategy {
  /// None.
  public func labels(of answers: [ShownAnswer], seed: UInt64) -> [Result<[String], PolyaError>]? { nil }
}

/// An answer whose parts are to be labeled.
public struct ShownAnswer: Sendable {
  /// With the seed the source of randomness.
  public var id: UInt64
  /// What was asked.
  public var question: String
  /// What the model was asked to follow; empty: nothing.
  public var heuristic: String
  /// The solution.
  public var text: String

  /// An answer.
  public init(id: UInt64, question: String, heuristic: String, text: String) {
    self.id = id
    self.question = question
    self.heuristic = heuristic
    self.text = text
  }
}

/// Where a conversation stands.
public struct StrategyTurn: Sendable {
  /// With the seed the source of randomness.
  public var id: UInt64
  /// The task.
  public var task: Task
  /// One of the strategy's ids.
  public var heuristic: String
  /// Worked by this heuristic; may be empty.
  public var exemplars: [Exemplar]
  /// Everything said so far, oldest first.
  public var transcript: [Message]
  /// What the last move returned.
  public var state: [UInt8]
  /// What the last move's answer should have been, when it was checked and is wrong; nil otherwise.
  public var reference: String?
  /// From 0.
  public var turn: Int

  /// A turn.
  public init(
    id: UInt64, task: Task, heuristic: String, exemplars: [Exemplar] = [], transcript: [Message] = [],
    state: [UInt8] = [], reference: String? = nil, turn: Int = 0
  ) {
    self.id = id
    self.task = task
    self.heuristic = heuristic
    self.exemplars = exemplars
    self.transcript = transcript
    self.state = state
    self.reference = reference
    self.turn = turn
  }
}

/// What a strategy wants next.
public enum StrategyMove: Sendable, Equatable {
  case ask(Ask)
  /// The solution alone.
  case answer(String)
  /// A solution that stands when it is right; otherwise the strategy goes on, and is told the reference.
  case check(Trial)
  case giveUp

  /// A solution to be checked.
  public struct Trial: Sendable, Equatable {
    /// The solution alone.
    public var answer: String
    /// To be handed back.
    public var state: [UInt8]

    /// A solution.
    public init(answer: String, state: [UInt8]) {
      self.answer = answer
      self.state = state
    }
  }

  /// What to ask, and how to sample the reply.
  public struct Ask: Sendable, Equatable {
    /// To append to the transcript.
    public var messages: [Message]
    /// The strategy's word for this step.
    public var phase: String
    /// Strings that end the reply.
    public var stop: [String]
    /// nil: the pipeline's.
    public var maxTokens: Int?
    /// nil: the pipeline's.
    public var temperature: Double?
    /// To be handed back.
    public var state: [UInt8]

    /// A question to the model.
    public init(
      messages: [Message], phase: String, stop: [String], maxTokens: Int?, temperature: Double?,
      state: [UInt8]
    ) {
      self.messages = messages
      self.phase = phase
      self.stop = stop
      self.maxTokens = maxTokens
      self.temperature = temperature
      self.state = state
    }
  }
}
