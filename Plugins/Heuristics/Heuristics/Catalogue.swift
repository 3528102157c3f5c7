internal import PolyaKit

/// The heuristics that the plugin offers, after the dictionary in G. Pólya, *How to Solve It* (1945); words and
/// exemplars are our own.
public enum Catalogue {
  /// All entries, in the order in which they are listed; the control comes last.
  public static let entries: [CatalogueEntry] = [
    analogy, workingBackwards, decomposing, auxiliaryElements, stepByStep, brightIdea, specialisation,
    settingUpEquations, plain,
  ]

  /// The entry with the heuristic's id.
  public static func entry(_ id: String) -> CatalogueEntry? { byID[id] }

  private static let byID = Dictionary(uniqueKeysWithValues: entries.map { ($0.heuristic.id, $0) })
}
