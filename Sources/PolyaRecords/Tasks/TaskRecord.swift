internal import PolyaCore

/// One record of a task file. Its errors name the record.
struct TaskRecord {
  let json: JSON
  let path: String
  /// The position in the file, starting at 0.
  let index: Int

  func tasks(_ format: TaskFile.Format) throws -> [Task] {
    switch format {
    case .musr where json["questions"] != nil: try nestedMuSR()
    case .musr: [try flatMuSR()]
    case .gsm8k: [try gsm8k()]
    case .math: [try math()]
    case .humaneval: [try humaneval()]
    case .mbpp: [try mbpp()]
    case .multipleLanguages: [try multipleLanguages()]
    case .bbh: [try bbh()]
    case .svamp: [try svamp()]
    case .multipleChoice: [try multipleChoice()]
    case .dapo: [try dapo()]
    case .reasoningGym: [try reasoningGym()]
    case .polya: [try polya()]
    case .jsonl(let question, let reference, let kind): [try jsonl(question, reference, kind)]
    }
  }

  private func jsonl(_ question: String, _ reference: String, _ kind: TaskFile.Format.ReferenceKind) throws
    -> Task
  {
    let column: String? =
      switch kind {
      case .all: nil
      case .field(let name): name
      case .unsaid: json["reference_kind"] == nil ? nil : "reference_kind"
      }
    let said: String = if case .all(let kind) = kind { kind } else { try column.map { try text($0) } ?? "" }
    return task(
      try text(question), try text(reference), said,
      using: [question, reference] + (column.map { [$0] } ?? []))
  }

  /// Returns a task with the record's own id and, for tables, its type.
  ///
  /// - Parameters:
  ///  - key: The id; nil for the record's "id" or the like.
  ///  - metadata: The metadata of the task.
  ///  - used: The fields that the format reads; all others are added to the metadata. If nil, they are left
  ///    out.
  func task(
    _ question: String, _ reference: String, _ referenceKind: String, key: String? = nil, kind: String? = nil,
    metadata: JSON? = nil, using used: [String]? = nil
  ) -> Task {
    Task(
      key: key ?? id, question: question, reference: reference, referenceKind: referenceKind,
      kind: kind ?? json["type"]?.string ?? json["subject"]?.string ?? "",
      metadataJSON: used.map { columns(with: metadata, without: $0) } ?? metadata?.compact ?? "")
  }

  /// Returns the fields that are not read as the columns of a table, after those in `metadata`.
  func columns(with metadata: JSON?, without used: [String]) -> String {
    guard case .object(let members) = json, case .object(var all) = metadata ?? [:] else {
      return metadata?.compact ?? ""
    }
    for (key, value) in members where !used.contains(key) && all[key] == nil { all[key] = value }
    return all.pairs.isEmpty ? "" : JSON.object(all).compact
  }

  /// The record's id under any of the names that data sets use, or its position in the file.
  var id: String {
    for key in ["id", "unique_id", "task_id", "ID"] {
      if let id = json[key].flatMap(Self.text) { return id }
    }
    return String(index)
  }

  func error(_ message: String, hint: String? = nil) -> PolyaError {
    PolyaError(.configuration, message, at: path, hint: hint)
  }

  /// The name of the record in errors, which counts from 1.
  var name: String { "record \(index + 1)" }

  func value(_ key: String) throws -> JSON {
    guard case .object(let members) = json else { throw error("\(name) is \(json.typeName), not an object") }
    guard let value = members[key] else {
      throw error("\(name) has no '\(key)'", hint: Suggestion.hint(for: key, among: members.pairs.map(\.key)))
    }
    return value
  }

  /// Returns a text, or a number as text; throws if the field is missing or has another type.
  func text(_ key: String) throws -> String {
    let value = try value(key)
    guard let text = Self.text(value) else { throw error("'\(key)' of \(name) is \(value.typeName)") }
    return text
  }

  func texts(_ key: String) throws -> [String] {
    let value = try value(key)
    guard let items = value.array, case let texts = items.compactMap(Self.text), texts.count == items.count
    else {
      throw error("'\(key)' of \(name) is not a list of strings")
    }
    return texts
  }

  static func text(_ value: JSON) -> String? {
    switch value {
    case .string(let text): text
    case .integer(let number): String(number)
    case .real(let number):
      number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
    default: nil
    }
  }

  static func trimmed(_ text: some StringProtocol) -> String {
    let start = text.firstIndex { !$0.isWhitespace } ?? text.endIndex
    guard let end = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(text[start...end])
  }
}
