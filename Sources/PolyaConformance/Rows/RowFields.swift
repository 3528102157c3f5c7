internal import PolyaContract
internal import PolyaCore

/// Fields of a row that the checker itself does not use, such as those added to the header later. An author's
/// row may set them by their names in the header.
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

  /// Returns the fields of a line beyond those that the checker knows.
  static func further(_ layout: StructLayout, _ reader: ObjectReader) -> JSON.Members {
    var members: JSON.Members = [:]
    for field in layout.fields where known[layout.name]?.contains(field.name) == false {
      members[field.name] = reader.value(field.name)
    }
    return members
  }
}
