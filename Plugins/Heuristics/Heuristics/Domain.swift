/// What exemplars are about: the same heuristic looks different in each.
public enum Domain: String, CaseIterable, Sendable {
  case mathematics, code, narrative

  /// For lists of options.
  var help: String {
    switch self {
    case .mathematics: "word problems and competition mathematics"
    case .code: "short Python functions"
    case .narrative: "mysteries, allocations and puzzles in prose"
    }
  }
}
