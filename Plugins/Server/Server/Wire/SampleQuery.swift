internal import PolyaKit

/// One request for samples, before it has the form that a server wants.
struct SampleQuery: Sendable {
  /// What the samples continue.
  enum Content: Sendable, Equatable {
    case ids([Int32])
    case text(String)
    case messages([Message])
  }

  var model: String
  var content: Content
  /// Samples of this request.
  var samples = 1
  /// The seed of the first sample; nil where the server takes none.
  var seed: UInt64?
  var maxTokens: Int
  /// What the limit on tokens is called when the next message of a conversation is asked for.
  var chatLimit = "max_tokens"
  var temperature: Double
  var topK: Int?
  var topP: Double
  var minP: Double
  var stop: [String]
  /// Tokens that end a sample.
  var ends: [Int32] = []

  init(_ prompt: Prompt, model: String, content: Content) {
    self.model = model
    self.content = content
    (maxTokens, temperature) = (prompt.maxTokens, prompt.temperature)
    (topK, topP, minP, stop) = (prompt.topK, prompt.topP, prompt.minP, prompt.stop)
  }
}

/// One sample as a server gave it.
struct WireSample: Sendable, Equatable {
  enum Finish: Sendable, Equatable { case stop, length, filtered }

  var text: String
  /// All sampled tokens; nil when the server gives only text.
  var tokens: [Int32]?
  /// One per token; nil when the server gives none.
  var logprobs: [Float]?
  /// Whether the server gives log-probs of some tokens only, though asked for all.
  var givesSomeLogprobs = false
  var finish: Finish
  /// The token that ended the sample, if the server names it.
  var endToken: Int32?
}

/// An answer to a request for samples.
struct WireAnswer: Sendable, Equatable {
  var samples: [WireSample]
  /// What the server calls its answer, different for each.
  var id: String?
  /// The prompt as the server understood it.
  var promptTokens: [Int32]?
  var usage: Usage?
}

/// Tokens that a request cost.
struct Usage: Sendable, Equatable {
  var prompt: Int
  var completion: Int

  /// Numbers that no request can have, which a server may state, become the nearest possible ones.
  init(prompt: Int = 0, completion: Int = 0) {
    self.prompt = Self.sane(prompt)
    self.completion = Self.sane(completion)
  }

  static func sane(_ tokens: Int) -> Int { min(max(0, tokens), 1 << 40) }
}

/// How requests for samples look to one kind of server. All sampling parameters that a server has a default for are sent.
protocol Dialect: Sendable {
  /// Follows the root of an address.
  var path: String { get }
  func body(_ query: SampleQuery) -> JSON
  /// - Throws: ``ServiceFault`` for an answer that does not belong to this query.
  func answer(_ json: JSON, to query: SampleQuery) throws -> WireAnswer
}
