internal import PolyaCore
internal import PolyaRecords

/// A row of stdin as an answer.
struct ScoredRow {
  let line: Int
  let id: JSON
  let answer: Result<Answer, any Error>

  /// Its id, or else its line.
  var name: String { id == .null ? InputRow.place(line) : id.string ?? id.compact }

  private static let keys = [
    "id", "question", "completion", "reference", "reference_kind", "metadata", "transcript", "tokens",
    "logprobs",
    "group",
  ]

  init(_ row: InputRow, number: Int, groupID: UInt64) {
    line = row.line
    if case .success(let json) = row.json { id = json["id"] ?? .null } else { id = .null }
    answer = Result {
      try Self.answer(try row.json.get(), number: number, groupID: groupID, at: row.place)
    }
  }

  /// Returns the value that the rows of a group share.
  static func group(of row: InputRow) -> JSON? {
    guard case .success(let json) = row.json, let group = json["group"], group != .null else { return nil }
    return group
  }

  private static func answer(_ row: JSON, number: Int, groupID: UInt64, at place: String) throws -> Answer {
    let reader = try ObjectReader(row, at: place)
    _ = keys.map { reader.value($0) }
    let task = Task(
      key: row["id"]?.compact ?? String(number), question: try reader.string("question") ?? "",
      reference: try reader.string("reference") ?? "",
      referenceKind: try reader.string("reference_kind") ?? "",
      metadataJSON: row["metadata"]?.compact ?? "")
    let completion = try reader.required("completion", reader.string("completion"))
    let transcript = try (reader.objects("transcript") ?? []).map { message in
      let role = try message.required("role", message.string("role"))
      let content = try message.required("content", message.string("content"))
      try message.finish()
      return Message(role: role, content: content)
    }
    let tokens = try (reader.integers("tokens") ?? []).map { token in
      guard let token = Int32(exactly: token) else {
        throw PolyaError(.configuration, "must be token ids, not \(token)", at: reader.place("tokens"))
      }
      return token
    }
    let logprobs = (reader.value("logprobs")?.array ?? []).compactMap { $0.real.map { Float($0) } }
    guard logprobs.isEmpty || logprobs.count == tokens.count else {
      throw PolyaError(
        .configuration, "must be \(tokens.count) numbers, one per token", at: reader.place("logprobs"))
    }
    try reader.finish()
    return Answer(
      id: UInt64(number), groupID: groupID, task: task, completion: Array(completion.utf8), tokens: tokens,
      logprobs: logprobs, transcript: transcript)
  }

  /// Returns the output for a line that is not an answer.
  func failed(_ reason: String) -> JSON {
    json(VerdictRecord(.failed, reason: reason), also: ["line": JSON(line)])
  }

  /// The output for an answer: the fields of a verdict in records.
  func json(_ verdict: VerdictRecord, also members: JSON.Members = [:]) -> JSON {
    .object(JSON.Members([("id", id)] + verdict.members.pairs + members.pairs))
  }
}
