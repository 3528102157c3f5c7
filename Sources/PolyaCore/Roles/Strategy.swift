/// A way to approach a question.
package struct Heuristic: Sendable, Equatable {
  /// [a-z][a-z0-9-]*.
  package var id: String
  /// Groups related heuristics.
  package var family: String
  /// How people call it.
  package var title: String
  /// One line.
  package var idea: String

  /// A heuristic.
  package init(id: String, family: String, title: String, idea: String) {
    self.id = id
    self.family = family
    self.title = title
    self.idea = idea
  }
}

/// One turn of a conversation.
package struct Message: Sendable, Equatable {
  /// "system", "user", "assistant" or "tool".
  package var role: String
  /// What was said.
  package var content: String

  /// A turn.
  package init(role: String, content: String) {
    self.role = role
    self.content = content
  }
}

/// A question worked out by a named heuristic.
package struct Exemplar: Sendable, Equatable {
  /// The bare question.
  package var question: String
  /// The heuristic's id.
  package var heuristic: String
  /// Steps and final answer.
  package var solution: String

  /// An exemplar.
  package init(question: String, heuristic: String, solution: String) {
    self.question = question
    self.heuristic = heuristic
    self.solution = solution
  }
}

/// Turns a question into what is asked of a model. Pure.
package protocol Strategy: AnyObject {
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
  package func labels(of answers: [ShownAnswer], seed: UInt64) -> [Result<[String], PolyaError>]? { nil }
}

/// An answer whose parts are to be labeled.
package struct ShownAnswer: Sendable {
  /// With the seed the source of randomness.
  package var id: UInt64
  /// What was asked.
  package var question: String
  /// What the model was asked to follow; empty: nothing.
  package var heuristic: String
  /// The solution.
  package var text: String

  /// An answer.
  package init(id: UInt64, question: String, heuristic: String, text: String) {
    self.id = id
    self.question = question
    self.heuristic = heuristic
    self.text = text
  }
}

/// Where a conversation stands.
package struct StrategyTurn: Sendable {
  /// With the seed the source of randomness.
  package var id: UInt64
  /// The task.
  package var task: Task
  /// One of the strategy's ids.
  package var heuristic: String
  /// Worked by this heuristic; may be empty.
  package var exemplars: [Exemplar]
  /// Everything said so far, oldest first.
  package var transcript: [Message]
  /// What the last move returned.
  package var state: [UInt8]
  /// What the last move's answer should have been, when it was checked and is wrong; nil otherwise.
  package var reference: String?
  /// From 0.
  package var turn: Int

  /// A turn.
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

/// What a strategy wants next.
package enum StrategyMove: Sendable, Equatable {
  case ask(Ask)
  /// The solution alone.
  case answer(String)
  /// A solution that stands when it is right; otherwise the strategy goes on, and is told the reference.
  case check(Trial)
  case giveUp

  /// A solution to be checked.
  package struct Trial: Sendable, Equatable {
    /// The solution alone.
    package var answer: String
    /// To be handed back.
    package var state: [UInt8]

    /// A solution.
    package init(answer: String, state: [UInt8]) {
      self.answer = answer
      self.state = state
    }
  }

  /// What to ask, and how to sample the reply.
  package struct Ask: Sendable, Equatable {
    /// To append to the transcript.
    package var messages: [Message]
    /// The strategy's word for this step.
    package var phase: String
    /// Strings that end the reply.
    package var stop: [String]
    /// nil: the pipeline's.
    package var maxTokens: Int?
    /// nil: the pipeline's.
    package var temperature: Double?
    /// To be handed back.
    package var state: [UInt8]

    /// A question to the model.
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
