/// How a bare question and a solution become the text a model sees: the same in mid-training, reinforcement
/// learning and evaluation.
public struct TextFrame: Sendable, Equatable {
  /// Holds "{question}" once.
  public let prompt: String
  /// Holds "{solution}" once.
  public let target: String

  /// - Throws: when a placeholder is missing or stands twice.
  public init(prompt: String, target: String) throws {
    for (key, text, placeholder) in [("prompt", prompt, "{question}"), ("target", target, "{solution}")]
    where text.ranges(of: placeholder).count != 1 {
      throw PolyaError(
        .configuration, "must hold \(placeholder) exactly once, not '\(text)'", at: "run.\(key)")
    }
    self.prompt = prompt
    self.target = target
  }

  /// The prompt of a bare question.
  public func prompt(for question: String) -> String { prompt.replacing("{question}", with: question) }

  /// The same as a conversation.
  public func chat(for question: String) -> [Message] {
    [Message(role: "user", content: prompt(for: question))]
  }

  /// The training target of a solution.
  public func target(for solution: String) -> String { target.replacing("{solution}", with: solution) }
}
