internal import PolyaKit

/// Reads heuristics from Markdown: see the plugin's README for the form. Strict: what it does not know is an error with
/// its line.
public struct CatalogueFile {
  private let lines: [Substring]
  private let name: String
  private var index = 0

  private init(_ text: String, name: String) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    self.name = name
  }

  /// The entries of a file, in its order.
  ///
  /// - Throws: ``Failure`` with file, line and cure.
  public static func entries(_ bytes: [UInt8], name: String) throws -> [CatalogueEntry] {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.badOption, "\(name) is not UTF-8")
    }
    var file = CatalogueFile(text, name: name)
    return try file.entries()
  }

  private func failure(_ what: String, line: Int? = nil) -> Failure {
    Failure(.badOption, "\(name), line \((line ?? index) + 1): \(what)")
  }

  private var line: String? {
    index < lines.count ? String(lines[index].reversed().drop { $0 == " " || $0 == "\r" }.reversed()) : nil
  }

  private mutating func entries() throws -> [CatalogueEntry] {
    // What stands before the first entry is for readers.
    while let line, !line.hasPrefix("## ") { index += 1 }
    var entries: [CatalogueEntry] = []
    while line != nil {
      let start = index
      let entry = try entry()
      if entries.contains(where: { $0.heuristic.id == entry.heuristic.id }) {
        throw failure("'\(entry.heuristic.id)' is described twice; remove one", line: start)
      }
      entries.append(entry)
    }
    guard !entries.isEmpty else { throw failure("there is no heading '## id — Title'", line: 0) }
    return entries
  }

  private mutating func entry() throws -> CatalogueEntry {
    guard let heading = line, heading.hasPrefix("## "), let dash = heading.ranges(of: " — ").first else {
      throw failure("a heading '## id — Title' is wanted")
    }
    let id = String(heading[heading.index(heading.startIndex, offsetBy: 3)..<dash.lowerBound])
    guard let first = id.utf8.first, first &- 0x61 < 26,
      id.utf8.allSatisfy({ $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == UInt8(ascii: "-") })
    else { throw failure("the id '\(id)' must be made of small letters, digits and dashes") }
    let title = String(heading[dash.upperBound...])
    index += 1
    let start = index
    var values = try properties()
    guard let family = values.removeValue(forKey: "family"), let idea = values.removeValue(forKey: "idea")
    else {
      throw failure("'\(id)' needs '- family: …' and '- idea: …'", line: start)
    }
    return CatalogueEntry(
      heuristic: Heuristic(id: id, family: family, title: title, idea: idea),
      instruction: values["instruction"] ?? "",
      cues: (values["cues"] ?? "").split(separator: ";").map { String($0.drop { $0 == " " }) },
      exemplars: try domains(id))
  }

  private static let keys = ["family", "idea", "instruction", "cues"]

  private mutating func properties() throws -> [String: String] {
    var values: [String: String] = [:]
    while let line, line.isEmpty || line.hasPrefix("- ") {
      defer { index += 1 }
      guard !line.isEmpty else { continue }
      guard let colon = line.ranges(of: ": ").first else { throw failure("'- key: value' is wanted") }
      let key = String(line[line.index(line.startIndex, offsetBy: 2)..<colon.lowerBound])
      guard Self.keys.contains(key) else {
        throw failure("there is no '\(key)'; known are \(Self.keys.joined(separator: ", "))")
      }
      guard values[key] == nil else { throw failure("'\(key)' stands twice") }
      values[key] = String(line[colon.upperBound...])
    }
    return values
  }

  private mutating func domains(_ id: String) throws -> [CatalogueEntry.Domain: [Exemplar]] {
    var found: [CatalogueEntry.Domain: [Exemplar]] = [:]
    while let line, line.hasPrefix("### ") {
      let name = String(line.dropFirst(4))
      guard let domain = CatalogueEntry.Domain(rawValue: name) else {
        let known = CatalogueEntry.Domain.allCases.map(\.rawValue).joined(separator: ", ")
        throw failure("there is no domain '\(name)'; known are \(known)")
      }
      guard found[domain] == nil else { throw failure("'\(name)' stands twice in '\(id)'") }
      index += 1
      found[domain] = try exemplars(id)
    }
    guard line.map({ $0.hasPrefix("## ") }) ?? true else {
      throw failure("'## id — Title', '### domain', '- key: value' or '**Q:** …' is wanted")
    }
    return found
  }

  private mutating func exemplars(_ id: String) throws -> [Exemplar] {
    var found: [Exemplar] = []
    while true {
      skipEmpty()
      guard let line, line.hasPrefix("**Q:** ") else { break }
      index += 1
      skipEmpty()
      guard let answer = self.line, answer.hasPrefix("**A:** ") else {
        throw failure("'**A:** …' is wanted after '**Q:** …'")
      }
      found.append(
        Exemplar(
          question: String(line.dropFirst(7)), heuristic: id,
          solution: try solution(String(answer.dropFirst(7)))))
    }
    guard !found.isEmpty else { throw failure("'**Q:** …' is wanted") }
    return found
  }

  /// Up to the next question, heading or tests; code may hold empty lines.
  private mutating func solution(_ first: String) throws -> String {
    var solution = [first]
    var isCode = false
    index += 1
    while let line, isCode || !(line.hasPrefix("**Q:** ") || line.hasPrefix("## ") || line.hasPrefix("### "))
    {
      index += 1
      if line.hasPrefix("**Tests:** ") { continue }
      if line.hasPrefix("```") { isCode.toggle() }
      solution.append(line)
    }
    guard !isCode else { throw failure("a code block is not closed") }
    while solution.last == "" { solution.removeLast() }
    return solution.joined(separator: "\n")
  }

  private mutating func skipEmpty() { while line == "" { index += 1 } }
}
