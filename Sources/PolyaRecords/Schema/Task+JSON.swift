package import PolyaCore

extension Task {
  /// The stored form.
  package var json: JSON {
    var members: JSON.Members = [
      "key": .string(key), "question": .string(question), "reference": .string(reference),
      "reference_kind": .string(referenceKind), "kind": .string(kind), "level": JSON(level),
    ]
    if !metadataJSON.isEmpty { members["metadata"] = .string(metadataJSON) }
    if let place {
      members["split"] = .string(place.split)
      members["index"] = JSON(place.index)
      members["seed"] = .string(String(place.seed, radix: 16))
    }
    return .object(members)
  }

  /// Reads the stored form; throws `corrupt` if it is invalid.
  package init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "task")
    var place: Place?
    if json["split"] != nil {
      place = Place(
        split: try fields.string("split"), index: try fields.integer("index"), seed: try fields.seed("seed"))
    }
    self.init(
      key: try fields.string("key"), question: try fields.string("question"),
      reference: try fields.string("reference"), referenceKind: try fields.string("reference_kind"),
      kind: try fields.string("kind"), level: try fields.real("level"),
      metadataJSON: json["metadata"]?.string ?? "",
      place: place)
  }
}
