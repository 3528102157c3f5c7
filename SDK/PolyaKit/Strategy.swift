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
  /// Labelled byte ranges of `item.answer`: ordered, disjoint, on code-point borders.
  func segments(_ item: AnswerItem, _ call: Call) throws -> [Segment]
}

/// A strategy that can tell how well an answer follows its heuristic.
public protocol JudgingStrategy: Strategy {
  /// Adherence of an answer to `item.heuristic`.
  func judge(_ item: AnswerItem, _ call: Call) throws -> Judgement
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

/// A question in the hands of a strategy.
public struct StrategyItem: Sendable {
  /// Identifies the item within its run; with the call's seed the source of randomness.
  public var id: UInt64
  /// Bare, without any template.
  public var question: String
  /// One of the strategy's own heuristic ids.
  public var heuristic: String
  /// Worked by this heuristic, from the task source; may be empty.
  public var exemplars: [Exemplar]
  /// Everything said so far, oldest first; empty on turn 0.
  public var transcript: [Message]
  /// What the last move returned; empty on turn 0.
  public var state: [UInt8]
  /// The task's own remarks as JSON; may be empty.
  public var metaJSON: String
  /// Counts from 0.
  public var turn: Int
  /// What the answer of a ``Move/check(_:)`` that was wrong should have been; nil otherwise.
  public var reference: String?

  /// An item, as the host sends it or as a test makes it up.
  public init(
    id: UInt64, question: String, heuristic: String, exemplars: [Exemplar] = [], transcript: [Message] = [],
    state: [UInt8] = [], metaJSON: String = "", turn: Int = 0, reference: String? = nil
  ) {
    self.id = id
    self.question = question
    self.heuristic = heuristic
    self.exemplars = exemplars
    self.transcript = transcript
    self.state = state
    self.metaJSON = metaJSON
    self.turn = turn
    self.reference = reference
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

/// An answer to be segmented or judged.
public struct AnswerItem: Sendable {
  /// Identifies the item within its run.
  public var id: UInt64
  /// Bare question.
  public var question: String
  /// The heuristic that was asked for.
  public var heuristic: String
  /// The solution.
  public var answer: String
  /// May be empty.
  public var transcript: [Message]

  /// An answer, as the host sends it or as a test makes it up.
  public init(id: UInt64, question: String, heuristic: String, answer: String, transcript: [Message] = []) {
    self.id = id
    self.question = question
    self.heuristic = heuristic
    self.answer = answer
    self.transcript = transcript
  }
}

/// A labelled part of an answer.
public struct Segment: Sendable, Hashable {
  /// UTF-8 byte offsets.
  public var bytes: Range<Int>
  /// Usually a heuristic's id.
  public var label: String
  /// 0...1.
  public var weight: Double

  /// A labelled range.
  public init(_ bytes: Range<Int>, label: String, weight: Double = 1) {
    self.bytes = bytes
    self.label = label
    self.weight = weight
  }
}

/// How well an answer follows its heuristic.
public struct Judgement: Sendable {
  /// 0...1.
  public var adherence: Double
  /// 0...1.
  public var confidence: Double
  /// As of ``SegmentingStrategy/segments(_:_:)``.
  public var segments: [Segment]
  /// Remarks.
  public var notes: [Note]

  /// A judgement.
  public init(adherence: Double, confidence: Double, segments: [Segment] = [], notes: [Note] = []) {
    self.adherence = adherence
    self.confidence = confidence
    self.segments = segments
    self.notes = notes
  }
}

/// A remark on one row.
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

  /// A remark.
  public init(_ code: String, _ message: String, bytes: Range<Int> = 0..<0, severity: Severity = .info) {
    self.code = code
    self.message = message
    self.bytes = bytes
    self.severity = severity
  }
}
