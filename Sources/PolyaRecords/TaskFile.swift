public import PolyaCore

/// Tasks from files that people have.
public enum TaskFile {
  /// The shape of the records.
  public enum Format: Sendable, Equatable {
    /// {"question", "answer"} with the reference after the last "####".
    case gsm8k
    /// {"problem"} with {"answer"}, or {"solution"} whose last \boxed{} is the reference.
    case math
    /// Any JSON lines, by the names of their fields.
    case jsonl(question: String, reference: String, referenceKind: String)
  }

  /// Reads the tasks of a JSON-lines file, compressed or not.
  ///
  /// - Throws: with file and record for one that does not fit the format.
  public static func read(_ path: String, format: Format) throws -> [Task] {
    try Shards.read(file: path).enumerated().map { index, record in
      func text(_ key: String) throws -> String {
        guard let value = record[key] else {
          throw PolyaError(
            .configuration, "record \(index + 1) has no '\(key)'", at: path,
            cure: Suggestion.cure(for: key, among: keys(record)))
        }
        switch value {
        case .string(let text): return text
        case .integer(let number): return String(number)
        case .real(let number): return String(number)
        default:
          throw PolyaError(.configuration, "'\(key)' of record \(index + 1) is \(value.typeName)", at: path)
        }
      }
      func task(_ question: String, _ reference: String, _ kind: String) -> Task {
        Task(
          key: record["id"]?.string ?? record["unique_id"]?.string ?? "\(index)", question: question,
          reference: reference, referenceKind: kind,
          kind: record["type"]?.string ?? record["subject"]?.string ?? "")
      }
      switch format {
      case .gsm8k:
        let answer = try text("answer")
        guard let mark = lastIndex(of: "####", in: answer) else {
          throw PolyaError(.configuration, "the answer of record \(index + 1) has no '####'", at: path)
        }
        return task(try text("question"), trimmed(answer[mark...]), "math")
      case .math:
        if record["answer"] != nil { return task(try text("problem"), try text("answer"), "math") }
        let solution = try text("solution")
        guard let boxed = lastBox(in: solution) else {
          throw PolyaError(.configuration, "the solution of record \(index + 1) has no \\boxed{}", at: path)
        }
        return task(try text("problem"), boxed, "math")
      case .jsonl(let question, let reference, let kind):
        return task(try text(question), try text(reference), kind)
      }
    }
  }

  private static func keys(_ record: JSON) -> [String] {
    guard case .object(let members) = record else { return [] }
    return members.pairs.map(\.key)
  }

  /// The index behind the last occurrence.
  private static func lastIndex(of mark: String, in text: String) -> String.Index? {
    text.ranges(of: mark).last?.upperBound
  }

  private static func trimmed(_ text: Substring) -> String {
    let start = text.firstIndex { !$0.isWhitespace } ?? text.endIndex
    guard let end = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(text[start...end])
  }

  /// The contents of the last \boxed{…}, braces balanced.
  static func lastBox(in text: String) -> String? {
    guard let start = lastIndex(of: "\\boxed{", in: text) else { return nil }
    var depth = 1
    var end = start
    while end < text.endIndex {
      if text[end] == "{" { depth += 1 }
      if text[end] == "}" { depth -= 1 }
      if depth == 0 { return String(text[start..<end]) }
      end = text.index(after: end)
    }
    return nil
  }
}
