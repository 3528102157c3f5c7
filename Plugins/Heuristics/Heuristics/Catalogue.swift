internal import PolyaKit

/// Heuristics with their exemplars, after the dictionary in G. Pólya, *How to Solve It* (1945); words and exemplars are
/// our own. The files in `Catalogue/` are part of the plugin; a user's file replaces and adds.
public struct Catalogue: Sendable {
  /// In the order of the files; the control comes last.
  public private(set) var entries: [CatalogueEntry] = []
  /// Of the entries, by the ids of their heuristics: it is asked for each row.
  private var indices: [String: Int] = [:]

  /// What the plugin ships.
  public static func builtIn() throws -> Catalogue { try shipped.get() }

  private static let shipped = Result {
    var catalogue = Catalogue()
    for (family, bytes) in shippedFiles {
      try catalogue.add(CatalogueFile(name: "Catalogue/\(family).md", bytes: bytes))
    }
    return catalogue
  }

  private static let shippedFiles: [(String, [UInt8])] = [
    ("understanding", PackageResources.understanding_md), ("relating", PackageResources.relating_md),
    ("ordering", PackageResources.ordering_md), ("representing", PackageResources.representing_md),
    ("proving", PackageResources.proving_md), ("looking-back", PackageResources.looking_back_md),
    ("control", PackageResources.control_md),
  ]

  /// The entry with the heuristic's id.
  public func entry(_ id: String) -> CatalogueEntry? { indices[id].map { entries[$0] } }

  /// As ``builtIn()``, with the entries of the user's file in place of those with the same id, or after all others.
  ///
  /// - Throws: with file and line for whatever is not of a catalogue's form.
  public static func extended(by path: String) throws -> Catalogue {
    var catalogue = try builtIn()
    try catalogue.add(CatalogueFile(path: path))
    return catalogue
  }

  mutating func add(_ file: CatalogueFile) throws {
    var places: [String: String] = [:]
    for entry in try CatalogueParser.entries(of: file) {
      let id = entry.heuristic.id
      if let place = places.updateValue(entry.place, forKey: id) {
        throw Failure(.badOption, "\(entry.place): \"\(id)\" was already given at \(place); remove one")
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
    var owners: [String: CatalogueEntry] = [:]
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
