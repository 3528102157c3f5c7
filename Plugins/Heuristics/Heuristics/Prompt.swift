internal import PolyaKit

/// The text that asks a model for one approach to one question.
///
/// Without exemplars and instruction it is exactly `Question: …`, `Approach: …`, `Answer:`, one a line; the control
/// has no approach line. Exemplars come before, in the same frame, each followed by its solution and an empty line.
struct Prompt {
  /// Ends a reply: base models go on with a question of their own.
  static let stop = ["\n\nQuestion:", "\nQuestion:"]

  let entry: CatalogEntry
  /// Whether the instruction opens the prompt.
  let isInstructed: Bool

  func text(question: String, exemplars: some Sequence<Exemplar>) -> String {
    var text = isInstructed && entry.namesApproach ? entry.instruction + "\n\n" : ""
    for exemplar in exemplars { text += frame(exemplar.question) + " " + exemplar.solution + "\n\n" }
    return text + frame(question)
  }

  private func frame(_ question: String) -> String {
    let approach = entry.namesApproach ? "Approach: \(entry.heuristic.title.lowercased())\n" : ""
    return "Question: \(question)\n\(approach)Answer:"
  }
}
