internal import PolyaContract
internal import PolyaCore

/// Fields of a row that the checker has no use of its own for, as those that are added to the header: an author's row may
/// set them, under their names there.
enum RowFields {
  private static let known: [String: Set<String>] = [
    StructLayout.rewardItem.name: [
      "item_id", "group_id", "question", "completion", "completion_raw", "reference", "reference_kind",
      "metadata_json",
      "tokens", "logprobs", "transcript",
    ],
    StructLayout.strategyItem.name: [
      "item_id", "question", "heuristic", "exemplars", "transcript", "state", "metadata_json", "turn",
      "reference",
    ],
  ]

  /// What a line sets beyond the fields that are known here.
  static func further(_ layout: StructLayout, _ reader: ObjectReader) -> JSON.Members {
    var members: JSON.Members = [:]
    for field in layout.fields where known[layout.name]?.contains(field.name) == false {
      members[field.name] = reader.value(field.name)
    }
    return members
  }
}
