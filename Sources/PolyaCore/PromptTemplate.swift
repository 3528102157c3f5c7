/// How a bare question and a solution become the text that a model sees: the same in mid-training, reinforcement
/// learning and evaluation.
package struct PromptTemplate: Sendable, Equatable {
  /// Holds "{question}" once.
  package let prompt: String
  /// Holds "{solution}" once.
  package let target: String

  /// The template of a run that names none.
  package static let standard = PromptTemplate(
    checked: "Question: {question}\nAnswer:", target: " {solution}")

  private init(checked prompt: String, target: String) {
    self.prompt = prompt
    self.target = target
  }

  /// - Throws: `configuration` when a placeholder does not occur exactly once.
  package init(prompt: String, target: String) throws {
    for (key, text, placeholder) in [("prompt", prompt, "{question}"), ("target", target, "{solution}")]
    where text.ranges(of: placeholder).count != 1 {
      throw PolyaError(
        .configuration, "must contain \(placeholder) exactly once, not '\(text)'", at: "run.\(key)")
    }
    self.init(checked: prompt, target: target)
  }

  /// The prompt of a bare question.
  package func prompt(for question: String) -> String { prompt.replacing("{question}", with: question) }

  /// The same as a conversation.
  package func chat(for question: String) -> [Message] {
    [Message(role: "user", content: prompt(for: question))]
  }

  /// The training target of a solution.
  package func target(for solution: String) -> String { target.replacing("{solution}", with: solution) }
}
