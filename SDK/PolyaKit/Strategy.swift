/// A way, or several, to approach a question: turns a question into what is asked of the model.
///
/// Pure: a move depends on the item and the call's seed only; what must be remembered travels in the state.
public protocol Strategy: Plugin {
  /// The heuristics an item may name; at least one, constant for the instance.
  var heuristics: [Heuristic] { get }

  /// The next move in the conversation about one question.
  func next(_ item: StrategyItem, _ call: Call) throws -> Move
}

/// A strategy that can tell which part of an answer follows which heuristic.
public protocol SegmentingStrategy: Strategy {
  /// Labeled byte ranges of `item.answer`: ordered, disjoint, on code-point borders.
  func segments(_ item: AnswerItem, _ call: Call) throws -> [Segment]
}

/// A way to approach a question.
public struct Heuristic: Sendable, Hashable {
  /// [a-z][a-z0-9-]*.
  public var id: String
  /// Groups related heuristics.
  public var family: String
  /// How people call it.
  public var title: String
  /// One line.
  public var idea: String

  /// A heuristic by name.
  public init(id: String, family: String, title: String, idea: String) {
    self.id = id
    self.family = family
    self.title = title
    self.idea = idea
  }
}

/// One turn of a conversation.
public struct Message: Sendable, Hashable {
  /// "system", "user", "assistant" or "tool".
  public var role: String
  /// What was said.
  public var content: String

  /// A turn.
  public init(_ role: String, _ content: String) {
    self.role = role
    self.content = content
  }
}

/// A question worked out by a named heuristic.
public struct Exemplar: Sendable, Hashable {
  /// The bare question.
  public var question: String
  /// The heuristic's id.
  public var heuristic: String
  /// Steps and final answer.
  public var solution: String

  /// A worked question.
  public init(question: String, heuristic: String, solution: String) {
    self.question = question
    self.heuristic = heuristic
    self.solution = solution
  }
}

/// What a strategy wants next.
public enum Move: Sendable {
  /// Append the messages and let the model answer.
  case ask(Ask)
  /// Done: the solution alone, which becomes the training target of the bare question.
  case answer(String)
  /// A solution that stands when it is right, or nobody can tell; when it is wrong, another turn follows, whose item
  /// knows the reference. Needs a host of 1.2.
  case check(Trial)
  /// This heuristic leads nowhere on this question.
  case giveUp

  /// A solution to be checked.
  public struct Trial: Sendable {
    /// The solution alone.
    public var answer: String
    /// Returned in the next item; at most 1 MiB.
    public var state: [UInt8]

    /// A solution.
    public init(_ answer: String, state: [UInt8] = []) {
      self.answer = answer
      self.state = state
    }
  }

  /// What to ask, and how to sample the reply.
  public struct Ask: Sendable {
    /// To append to the transcript.
    public var messages: [Message]
    /// "understand", "plan", "carry-out", "look-back", or the strategy's own word.
    public var phase: String
    /// Strings that end the reply.
    public var stop: [String]
    /// nil: the pipeline's.
    public var maxTokens: Int?
    /// nil: the pipeline's.
    public var temperature: Double?
    /// Returned in the next item; at most 1 MiB.
    public var state: [UInt8]

    /// A question to the model.
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
  /// UTF-8 byte offsets.
  public var bytes: Range<Int>
  /// Usually a heuristic's id.
  public var label: String

  /// A labeled range.
  public init(_ bytes: Range<Int>, label: String) {
    self.bytes = bytes
    self.label = label
  }
}

/// A note on one row.
public struct Note: Sendable, Hashable {
  /// How much it matters.
  public enum Severity: Int32, Sendable {
    case info = 0
    case warning, fault
  }

  /// Stable, for machines.
  public var code: String
  /// A sentence, for people.
  public var message: String
  /// The bytes it is about.
  public var bytes: Range<Int>
  /// How much it matters.
  public var severity: Severity

  /// A note.
  public init(_ code: String, _ message: String, bytes: Range<Int> = 0..<0, severity: Severity = .info) {
    self.code = code
    self.message = message
    self.bytes = bytes
    self.severity = severity
  }
}
