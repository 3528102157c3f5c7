public import PolyaKit

/// A heuristic with all that a prompt can say of it.
public struct CatalogueEntry: Sendable {
  /// What kind of question an exemplar is about.
  public enum Domain: String, Sendable, CaseIterable {
    case mathematics, code, narrative
  }

  /// Name, family, title and idea, as the host sees them.
  public var heuristic: Heuristic
  /// One sentence that asks for this approach; empty for the control, which asks for none.
  public var instruction: String
  /// Lowercase words of an answer that hardly ever mean anything but this approach. `#` stands for any digit.
  public var cues: [String]
  /// Questions worked by this heuristic.
  public var exemplars: [Domain: [Exemplar]]

  /// Whether the prompt names the approach.
  var namesApproach: Bool { !instruction.isEmpty }
}
