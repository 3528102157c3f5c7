internal import PolyaKit

/// The heuristics that a strategy knows: those of `catalogue.md`, and those of a user's file in the same form.
public struct Catalogue: Sendable {
  /// In the order in which they are listed; the built-in ones first, and of them the control last.
  public private(set) var entries: [CatalogueEntry]

  /// Those that ship with the plugin.
  public static let builtIn: Catalogue = {
    do {
      return Catalogue(
        entries: try CatalogueFile.entries(PackageResources.catalogue_md, name: "catalogue.md"))
    } catch { preconditionFailure("the built-in catalogue cannot be read: \(error)") }
  }()

  /// The entry with the heuristic's id.
  public func entry(_ id: String) -> CatalogueEntry? { entries.first { $0.heuristic.id == id } }

  /// With the entries of a file: those with a known id take its place, the others come last.
  public func adding(_ more: [CatalogueEntry]) -> Catalogue {
    var result = self
    for entry in more {
      if let place = result.entries.firstIndex(where: { $0.heuristic.id == entry.heuristic.id }) {
        result.entries[place] = entry
      } else {
        result.entries.append(entry)
      }
    }
    return result
  }
}
