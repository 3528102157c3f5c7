internal import PolyaCore

/// The input of one output row, as plain values.
enum Input: Sendable {
  case answer(ScoredAnswer)
  case turn(DialogTurn)
  case labeled(question: [UInt8], heuristic: [UInt8], answer: [UInt8])
  case place(split: [UInt8], index: UInt64, seed: UInt64)
  case demonstration(split: [UInt8], index: UInt64, seed: UInt64, heuristic: [UInt8])
  case text([UInt8])
  case tokens([Int32])
  case prompt(PromptInput)
  case sequence(SequenceInput)
}

/// The input of a reward.
struct ScoredAnswer: Sendable {
  var id: UInt64
  /// The group, shared by the samples of one question; nil if the row is alone.
  var group: String?
  var question, completion, reference: [UInt8]
  var kind: [UInt8] = []
  var metadata: [UInt8] = []
  var tokens: [Int32] = []
  var logprobs: [Float] = []
  var transcript: [DialogMessage] = []
  /// Further fields of the header; see ``RowFields``.
  var further: JSON.Members = [:]
}

/// One message of a conversation.
struct DialogMessage: Sendable, Equatable {
  var role, content: [UInt8]
}

/// A worked example.
struct DialogExemplar: Sendable {
  var question, heuristic, solution: [UInt8]
}

/// The input of a strategy.
struct DialogTurn: Sendable {
  var id: UInt64
  var question, heuristic: [UInt8]
  var exemplars: [DialogExemplar] = []
  var transcript: [DialogMessage] = []
  var state: [UInt8] = []
  var metadata: [UInt8] = []
  var reference: [UInt8] = []
  var turn: UInt32 = 0
  /// Further fields of the header; see ``RowFields``.
  var further: JSON.Members = [:]
}

/// A prompt for a model to continue.
struct PromptInput: Sendable {
  var id: UInt64 = 0
  var seed: UInt64 = 0
  var tokens: [Int32]
  var samples: UInt32 = 1
  var maxTokens: UInt32 = 8
  var temperature = 1.0
  var stop: [[UInt8]] = []
}

/// A sequence for a model to score.
struct SequenceInput: Sendable {
  var tokens: [Int32]
  var from: UInt64 = 1
  var temperature = 1.0
  var wantsEntropies = true
}

/// The functions that work on rows.
enum Role: String, Sendable {
  case score, next, segment, produce, demonstrate, encode, decode, generate
  case scoreTokens = "score tokens"

  /// Whether a plugin of its kind may lack the function altogether.
  var isOptional: Bool { [.segment, .demonstrate].contains(self) }

  /// The word for a row that was processed successfully.
  var participle: String { self == .score ? "scored" : "answered" }
}

/// A plugin's description of an instance.
struct Facts: Sendable, Equatable {
  var fingerprint = ""
  var faults: [Fault] = []
  var low = 0.0
  var high = 1.0
  var components: [ClosedRange<Double>?] = []
  var heuristics: [String] = []
  var splits: [SplitFacts] = []
  var vocabulary = 256
  var context = 64
  var features: UInt64 = 0
}

/// A split of a task source, with a count of 0 if it is unbounded.
struct SplitFacts: Sendable, Equatable {
  var name: String
  var count: UInt64
}

/// A breach found while reading results, with the rule that it belongs to.
struct Fault: Sendable, Equatable {
  var rule: String
  var message: String
}
