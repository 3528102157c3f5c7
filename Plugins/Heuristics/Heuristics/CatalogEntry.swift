public import PolyaKit

/// A heuristic with all that a prompt can say of it.
public struct CatalogEntry: Sendable {
  /// Name, family, title and idea, as the host sees them.
  public var heuristic: Heuristic
  /// One sentence that asks for this approach; empty for a control, which asks for none.
  public var instruction: String
  /// Phrases that show the approach in an answer; see ``CueSegmenter``.
  public var cues: [String]
  /// Questions worked by this heuristic, by what they are about.
  public var worked: [Domain: [Worked]]
  /// File and line of its heading.
  public var place: String

  /// A worked question.
  public struct Worked: Sendable, Hashable {
    /// The bare question.
    public var question: String
    /// Steps and final answer.
    public var solution: String
    /// Python statements that hold when the solution is right; only for code, and never part of a prompt.
    public var check: String
  }

  /// As prompts use them; empty when there are none of that domain.
  public func exemplars(_ domain: Domain) -> [Exemplar] {
    worked[domain, default: []].map {
      Exemplar(question: $0.question, heuristic: heuristic.id, solution: $0.solution)
    }
  }

  /// Whether the prompt names the approach.
  var namesApproach: Bool { !instruction.isEmpty }
}
