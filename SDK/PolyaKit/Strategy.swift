/// Turns a question into prompts for a model, by one or more heuristics.
///
/// A move may depend only on the item and the call's seed. Anything to remember is kept in the state.
public protocol Strategy: Plugin {
  /// The heuristics that an item may name; at least one, and constant for an instance.
  var heuristics: [Heuristic] { get }

  /// Returns the next move in the conversation about one question.
  func next(_ item: StrategyItem, _ call: Call) throws -> Move
}

/// A strategy that can label the parts of an answer with the heuristics they follow.
public protocol SegmentingStrategy: Strategy {
  /// Returns labeled byte ranges of `item.answer`, ordered, disjoint, and on code point boundaries.
  func segments(_ item: AnswerItem, _ call: Call) throws -> [Segment]
}

/// One way of approaching a problem.
public struct Heuristic: Sendable, Hashable {
  /// An id that matches [a-z][a-z0-9-]*.
  public var id: String
  /// The name of a group of related heuristics.
  public var family: String
  /// The name for people.
  public var title: String
  /// One line that explains the heuristic.
  public var idea: String

  /// Creates a heuristic.
  public init(id: String, family: String, title: String, idea: String) {
    self.id = id
    self.family = family
    self.title = title
    self.idea = idea
  }
}

/// One message of a conversation.
public struct Message: Sendable, Hashable {
  /// "system", "user", "assistant" or "tool".
  public var role: String
  /// The text of the message.
  public var content: String

  /// Creates a message.
  public init(_ role: String, _ content: String) {
    self.role = role
    self.content = content
  }
}

/// A worked example: a question solved by a named heuristic.
public struct Exemplar: Sendable, Hashable {
  /// The bare question, without any template.
  public var question: String
  /// The id of the heuristic.
  public var heuristic: String
  /// The steps and the final answer.
  public var solution: String

  /// Creates an exemplar.
  public init(question: String, heuristic: String, solution: String) {
    self.question = question
    self.heuristic = heuristic
    self.solution = solution
  }
}

/// The next move of a strategy.
public enum Move: Sendable {
  /// Appends the messages and lets the model reply.
  case ask(Ask)
  /// Ends with the solution alone, which becomes the training target of the bare question.
  case answer(String)
  /// Submits a solution for checking. It is final if it is right or cannot be judged. If it is wrong, another
  /// turn follows, whose item has the reference. Requires a host of version 1.2.
  case check(Trial)
  /// Ends without a solution, because the heuristic leads nowhere on this question.
  case giveUp

  /// A solution to check.
  public struct Trial: Sendable {
    /// The solution, without any other text.
    public var answer: String
    /// The state to pass to the next item; at most 1 MiB.
    public var state: [UInt8]

    /// Creates a trial.
    public init(_ answer: String, state: [UInt8] = []) {
      self.answer = answer
      self.state = state
    }
  }

  /// A question to the model, and how to sample the reply.
  public struct Ask: Sendable {
    /// The messages to append to the transcript.
    public var messages: [Message]
    /// "understand", "plan", "carry-out", "look-back", or the strategy's own name for the step.
    public var phase: String
    /// The strings that end the reply.
    public var stop: [String]
    /// The maximum number of tokens in the reply; nil uses the pipeline's setting.
    public var maxTokens: Int?
    /// The sampling temperature; nil uses the pipeline's setting.
    public var temperature: Double?
    /// The state to pass to the next item; at most 1 MiB.
    public var state: [UInt8]

    /// Creates a question to the model.
    public init(
      _ messages: [Message], phase: String = "carry-out", stop: [String] = [], maxTokens: Int? = nil,
      temperature: Double? = nil, state: [UInt8] = []
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

/// A labeled part of an answer.
public struct Segment: Sendable, Hashable {
  /// The range of UTF-8 bytes.
  public var bytes: Range<Int>
  /// The label, usually the id of a heuristic.
  public var label: String

  /// Creates a segment.
  public init(_ bytes: Range<Int>, label: String) {
    self.bytes = bytes
    self.label = label
  }
}

/// A note on one row.
public struct Note: Sendable, Hashable {
  /// The severity of a note.
  public enum Severity: Int32, Sendable {
    case info = 0
    case warning, fault
  }

  /// A stable identifier for programs.
  public var code: String
  /// A sentence for people.
  public var message: String
  /// The range of bytes that the note concerns.
  public var bytes: Range<Int>
  /// How severe the note is.
  public var severity: Severity

  /// Creates a note.
  public init(_ code: String, _ message: String, bytes: Range<Int> = 0..<0, severity: Severity = .info) {
    self.code = code
    self.message = message
    self.bytes = bytes
    self.severity = severity
  }
}
