package import PolyaCore

extension Task {
  /// The task as a record of the format `polya`. Empty metadata and an empty kind are left out.
  package var row: JSON {
    get throws {
      var members: [(key: String, value: JSON)] = [
        ("id", .string(key)), ("question", .string(question)), ("reference", .string(reference)),
        ("reference_kind", .string(referenceKind)),
      ]
      if !kind.isEmpty { members.append(("kind", .string(kind))) }
      if level != 0 { members.append(("level", .real(level))) }
      if !metadataJSON.isEmpty {
        members.append(("metadata", try JSONParser.parse(metadataJSON, at: "metadata of \(key)")))
      }
      return .object(JSON.Members(members))
    }
  }
}
