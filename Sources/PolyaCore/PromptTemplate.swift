/// Turns a bare question and a solution into the text that a model sees. Mid-training, reinforcement
/// learning, and evaluation all use the same template.
package struct PromptTemplate: Sendable, Equatable {
  /// The template of a prompt, which contains "{question}" exactly once.
  package let prompt: String
  /// The template of a training target, which contains "{solution}" exactly once.
  package let target: String

  /// The default template of a run.
  package static let standard = PromptTemplate(
    checked: "Question: {question}\nAnswer:", target: " {solution}")

  private init(checked prompt: String, target: String) {
    self.prompt = prompt
    self.target = target
  }

  /// Creates a template.
  ///
  /// - Throws: `configuration` if a placeholder does not occur exactly once.
  package init(prompt: String, target: String) throws {
    for (key, text, placeholder) in [("prompt", prompt, "{question}"), ("target", target, "{solution}")]
    where text.ranges(of: placeholder).count != 1 {
      throw PolyaError(
        .configuration, "must contain \(placeholder) exactly once, not '\(text)'", at: "run.\(key)")
    }
    self.init(checked: prompt, target: target)
  }

  /// Returns the prompt for a bare question.
  package func prompt(for question: String) -> String { prompt.replacing("{question}", with: question) }

  /// Returns the prompt for a bare question as a conversation with one user message.
  package func chat(for question: String) -> [Message] {
    [Message(role: "user", content: prompt(for: question))]
  }

  /// Returns the training target for a solution.
  package func target(for solution: String) -> String { target.replacing("{solution}", with: solution) }
}
