/// Where in a text the final answer was found, in order of precedence.
public enum AnswerSource: String, Sendable, CaseIterable {
  /// The rest of the line behind the last `####`.
  case hashes = "####"
  /// The inside of the last closed `\boxed{…}`.
  case boxed = "\\boxed"
  /// The inside of the last `<answer>…</answer>`.
  case tag = "<answer>"
  /// What follows the last "answer is".
  case sentence = "answer is"
  /// What follows the last "answer:", or `A:` at the beginning of a line.
  case label = "answer:"
  /// The whole text: it is nothing but an answer.
  case whole = "the whole text"
  /// The last formula between dollar signs or `\(…\)`, `\[…\]`.
  case formula = "the last formula"
  /// The last number.
  case number = "the last number"

  /// Whether words may surround the answer in the span.
  var isProse: Bool { self == .hashes || self == .sentence || self == .label }
}
