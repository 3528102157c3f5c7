internal import PolyaKit

/// Heuristics with their exemplars, after the dictionary in G. Pólya, *How to Solve It* (1945); words and exemplars are
/// our own. The files in `Catalog/` are part of the plugin; a user's file replaces and adds.
public struct Catalog: Sendable {
  /// In the order of the files; the control comes last.
  public private(set) var entries: [CatalogEntry] = []
  /// Of the entries, by the ids of their heuristics: it is asked for each row.
  private var indices: [String: Int] = [:]

  /// What the plugin ships.
  public static func builtIn() throws -> Catalog { try shipped.get() }

  private static let shipped = Result {
    var catalog = Catalog()
    for (family, bytes) in shippedFiles {
      try catalog.add(CatalogFile(name: "Catalog/\(family).md", bytes: bytes))
    }
    return catalog
  }

  private static let shippedFiles: [(String, [UInt8])] = [
    ("understanding", PackageResources.understanding_md), ("relating", PackageResources.relating_md),
    ("ordering", PackageResources.ordering_md), ("representing", PackageResources.representing_md),
    ("proving", PackageResources.proving_md), ("looking-back", PackageResources.looking_back_md),
    ("control", PackageResources.control_md),
  ]

  /// The entry with the heuristic's id.
  public func entry(_ id: String) -> CatalogEntry? { indices[id].map { entries[$0] } }

  /// As ``builtIn()``, with the entries of the user's file in place of those with the same id, or after all others.
  ///
  /// - Throws: with file and line for whatever is not of a catalog's form.
  public static func extended(by path: String) throws -> Catalog {
    var catalog = try builtIn()
    try catalog.add(CatalogFile(path: path))
    return catalog
  }

  mutating func add(_ file: CatalogFile) throws {
    var places: [String: String] = [:]
    for entry in try CatalogParser.entries(of: file) {
      let id = entry.heuristic.id
      if let place = places.updateValue(entry.place, forKey: id) {
        throw Failure(.badOption, "\(entry.place): \"\(id)\" is already defined at \(place); remove one")
      }
      if let index = indices[id] {
        entries[index] = entry
      } else {
        indices[id] = entries.count
        entries.append(entry)
      }
    }
    try checkCues()
  }

  /// One phrase cannot show two approaches.
  private func checkCues() throws {
    var owners: [String: CatalogEntry] = [:]
    for entry in entries {
      for cue in entry.cues {
        guard let owner = owners.updateValue(entry, forKey: cue) else { continue }
        throw Failure(
          .badOption,
          "\(entry.place): the cue \"\(cue)\" also belongs to \"\(owner.heuristic.id)\" (\(owner.place)); remove it here"
        )
      }
    }
  }
}
