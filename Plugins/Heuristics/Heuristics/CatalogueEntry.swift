public import PolyaKit

/// A heuristic with all that a prompt can say of it.
public struct CatalogueEntry: Sendable {
  /// Name, family, title and idea, as the host sees them.
  public var heuristic: Heuristic
  /// One sentence that asks for this approach; empty for the control, which asks for none.
  public var instruction: String
  /// Two questions worked by this heuristic.
  public var exemplars: [Exemplar]

  init(
    id: String, family: String, title: String, idea: String, instruction: String,
    worked: [(question: String, solution: String)]
  ) {
    heuristic = Heuristic(id: id, family: family, title: title, idea: idea)
    self.instruction = instruction
    exemplars = worked.map { Exemplar(question: $0.question, heuristic: id, solution: $0.solution) }
  }

  /// Whether the prompt names the approach.
  var namesApproach: Bool { !instruction.isEmpty }
}
