/// One way of approaching a problem.
package struct Heuristic: Sendable, Equatable {
  /// An id that matches [a-z][a-z0-9-]*.
  package var id: String
  /// The name of a group of related heuristics.
  package var family: String
  /// The name for people.
  package var title: String
  /// One line that explains the heuristic.
  package var idea: String

  /// Creates a heuristic.
  package init(id: String, family: String, title: String, idea: String) {
    self.id = id
    self.family = family
    self.title = title
    self.idea = idea
  }
}

/// One message of a conversation.
package struct Message: Sendable, Equatable {
  /// "system", "user", "assistant" or "tool".
  package var role: String
  /// The text of the message.
  package var content: String

  /// Creates a message.
  package init(role: String, content: String) {
    self.role = role
    self.content = content
  }
}

/// A worked example: a question solved by a named heuristic.
package struct Exemplar: Sendable, Equatable {
  /// The bare question, without any template.
  package var question: String
  /// The id of the heuristic.
  package var heuristic: String
  /// The steps and the final answer.
  package var solution: String

  /// Creates an exemplar.
  package init(question: String, heuristic: String, solution: String) {
    self.question = question
    self.heuristic = heuristic
    self.solution = solution
  }
}

/// Turns a question into prompts for a model. Results depend only on the turns and the seed.
package protocol Strategy: AnyObject {
  /// The plugin's id.
  var id: String { get }
  /// The heuristics that a turn may name; at least one.
  var heuristics: [Heuristic] { get }
  /// Returns the next move of each conversation, or the reason why that row failed.
  func next(_ turns: [StrategyTurn], seed: UInt64) throws -> [Result<StrategyMove, PolyaError>]
  /// Returns the heuristics of each part of each answer, in order and possibly with repetitions, or the
  /// reason why that row failed. Returns nil if the strategy does not label answers.
  func labels(of answers: [ShownAnswer], seed: UInt64) throws -> [Result<[String], PolyaError>]?
}

extension Strategy {
  /// Returns nil: by default a strategy does not label answers.
  package func labels(of answers: [ShownAnswer], seed: UInt64) -> [Result<[String], PolyaError>]? { nil }
}

/// An answer whose parts are to be labeled.
package struct ShownAnswer: Sendable {
  /// Identifies the answer; together with the seed it determines the randomness.
  package var id: UInt64
  /// The question that is answered.
  package var question: String
  /// The heuristic that the model was asked to follow; empty if there was none.
  package var heuristic: String
  /// The text of the solution.
  package var text: String

  /// Creates an answer.
  package init(id: UInt64, question: String, heuristic: String, text: String) {
    self.id = id
    self.question = question
    self.heuristic = heuristic
    self.text = text
  }
}

/// The state of a conversation between strategy and model.
package struct StrategyTurn: Sendable {
  /// Identifies the conversation; together with the seed it determines the randomness.
  package var id: UInt64
  /// The task to solve.
  package var task: Task
  /// The id of one of the strategy's heuristics.
  package var heuristic: String
  /// Exemplars of the same heuristic; may be empty.
  package var exemplars: [Exemplar]
  /// All messages so far, oldest first.
  package var transcript: [Message]
  /// The state that the last move returned.
  package var state: [UInt8]
  /// The correct answer, if the last move's answer was checked and found wrong; nil otherwise.
  package var reference: String?
  /// The number of the turn, starting at 0.
  package var turn: Int

  /// Creates a turn; the defaults are those of a first turn.
  package init(
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

/// The next move of a strategy.
package enum StrategyMove: Sendable, Equatable {
  case ask(Ask)
  /// The solution, without any other text.
  case answer(String)
  /// A solution to check. It is final unless it is wrong, in which case the next turn gets the reference.
  case check(Trial)
  case giveUp

  /// A solution to check.
  package struct Trial: Sendable, Equatable {
    /// The solution, without any other text.
    package var answer: String
    /// The state to pass to the next turn.
    package var state: [UInt8]

    /// Creates a trial.
    package init(answer: String, state: [UInt8]) {
      self.answer = answer
      self.state = state
    }
  }

  /// A question to the model, and how to sample the reply.
  package struct Ask: Sendable, Equatable {
    /// The messages to append to the transcript.
    package var messages: [Message]
    /// The strategy's name for this step.
    package var phase: String
    /// The strings that end the reply.
    package var stop: [String]
    /// The maximum number of tokens in the reply; nil uses the pipeline's setting.
    package var maxTokens: Int?
    /// The sampling temperature; nil uses the pipeline's setting.
    package var temperature: Double?
    /// The state to pass to the next turn.
    package var state: [UInt8]

    /// Creates a question to the model.
    package init(
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
