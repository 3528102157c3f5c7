internal import PolyaCore

extension Task {
  /// Returns a value of the metadata as text.
  ///
  /// - Throws: `configuration` if there is no such key.
  func metadata(_ key: String) throws -> String {
    let metadata =
      try metadataJSON.isEmpty ? [:] : JSONParser.parse(metadataJSON, at: "metadata of \(self.key)")
    guard case .object(let members) = metadata, let value = members[key] else {
      let known = if case .object(let members) = metadata { members.pairs.map(\.0) } else { [String]() }
      throw PolyaError(
        .configuration, "the task '\(self.key)' has no '\(key)' in its metadata", at: "cluster-by",
        hint: Suggestion.hint(for: key, among: known))
    }
    return value.string ?? value.compact
  }
}
