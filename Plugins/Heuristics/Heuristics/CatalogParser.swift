internal import PolyaKit

/// Reads entries from a catalog file. The form is described in the plugin's README; whatever is not of that form is
/// an error with its line, so that no exemplar is lost by a slip.
struct CatalogParser {
  private typealias Line = CatalogFile.Line

  private let file: CatalogFile
  private var rest: ArraySlice<Line>

  /// The entries of a file, in order.
  static func entries(of file: CatalogFile) throws -> [CatalogEntry] {
    var parser = CatalogParser(file)
    return try parser.entries()
  }

  private init(_ file: CatalogFile) {
    self.file = file
    rest = file.lines[...]
  }

  private mutating func entries() throws -> [CatalogEntry] {
    _ = take { !Self.isHeading($0) }
    var entries: [CatalogEntry] = []
    while let heading = rest.popFirst() { entries.append(try entry(heading)) }
    guard !entries.isEmpty else {
      throw file.failure(1, "the file has no heuristic; begin one with a line \"## some-id — Some title\"")
    }
    return entries
  }

  private mutating func entry(_ heading: Line) throws -> CatalogEntry {
    let (id, title) = try name(heading)
    var values = try properties()
    func required(_ key: String) throws -> String {
      guard let value = values.removeValue(forKey: key) else {
        throw file.failure(heading.number, "\"\(id)\" has no \(key); add a line \"- \(key): …\"")
      }
      return value
    }
    let family = try required("family")
    let idea = try required("idea")
    let isControl = family == "control"
    let instruction =
      isControl ? values.removeValue(forKey: "instruction") ?? "" : try required("instruction")
    let cues = try (values.removeValue(forKey: "cues") ?? "").split(separator: ";").map {
      try cue($0.trimmed, of: id, at: heading)
    }
    var worked: [Domain: [CatalogEntry.Worked]] = [:]
    while let line = rest.first, !Self.isHeading(line) { try section(of: id, into: &worked) }
    guard !worked.isEmpty else {
      throw file.failure(
        heading.number, "\"\(id)\" has no worked question; add one under \"### mathematics\"")
    }
    return CatalogEntry(
      heuristic: Heuristic(id: id, family: family, title: title, idea: idea), instruction: instruction,
      cues: cues, worked: worked, place: "\(file.name):\(heading.number)")
  }

  private func name(_ heading: Line) throws -> (id: String, title: String) {
    let parts = heading.text.dropFirst(3).split(separator: " — ", maxSplits: 1)
    guard parts.count == 2, case let (id, title) = (parts[0].trimmed, parts[1].trimmed), !title.isEmpty else {
      throw file.failure(
        heading.number, "\"\(heading.text)\" does not name a heuristic; write \"## some-id — Some title\"")
    }
    guard id.first.map({ ("a"..."z").contains($0) }) == true,
      id.allSatisfy({ ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" })
    else {
      throw file.failure(
        heading.number,
        "the id \"\(id)\" must be lowercase letters, digits and hyphens, beginning with a letter")
    }
    return (id, title)
  }

  private mutating func properties() throws -> [String: String] {
    var values: [String: String] = [:]
    for line in take({ !Self.isHeading($0) && !Self.isSection($0) }) where !line.text.trimmed.isEmpty {
      let parts = line.text.dropFirst(2).split(separator: ":", maxSplits: 1)
      guard line.text.hasPrefix("- "), parts.count == 2, case let value = parts[1].trimmed, !value.isEmpty
      else {
        throw file.failure(line.number, "\"\(line.text)\" is not of the form \"- key: value\"")
      }
      let key = parts[0].trimmed
      guard Self.keys.contains(key) else {
        throw file.failure(
          line.number, "there is no key \"\(key)\"; " + Suggestion.hint(for: key, among: Self.keys))
      }
      guard values.updateValue(value, forKey: key) == nil else {
        throw file.failure(line.number, "\(key) is given twice; remove one")
      }
    }
    return values
  }

  private static let keys = ["family", "idea", "instruction", "cues"]

  private func cue(_ phrase: String, of id: String, at heading: Line) throws -> String {
    guard !phrase.isEmpty, phrase == phrase.lowercased() else {
      throw file.failure(heading.number, "the cue \"\(phrase)\" of \"\(id)\" must be lowercase words")
    }
    return phrase
  }

  private mutating func section(of id: String, into worked: inout [Domain: [CatalogEntry.Worked]]) throws {
    guard let heading = rest.popFirst() else { return }
    let name = heading.text.dropFirst(4).trimmed
    guard let domain = Domain(rawValue: name) else {
      let hint = Suggestion.hint(for: name, among: Domain.allCases.map(\.rawValue))
      throw file.failure(heading.number, "there is no domain \"\(name)\"; \(hint)")
    }
    guard worked[domain] == nil else {
      throw file.failure(heading.number, "\"\(id)\" has \(name) twice; put its questions under one heading")
    }
    _ = take { $0.text.trimmed.isEmpty }
    var questions: [CatalogEntry.Worked] = []
    while let line = rest.first, !Self.isHeading(line), !Self.isSection(line) {
      questions.append(try question(domain))
    }
    guard !questions.isEmpty else {
      throw file.failure(
        heading.number, "the section \(name) of \"\(id)\" has no question; add one with \"**Q:** …\"")
    }
    worked[domain] = questions
  }

  private mutating func question(_ domain: Domain) throws -> CatalogEntry.Worked {
    let question = try text("**Q:**")
    let solution = try text("**A:**")
    let check = domain == .code ? try text("**Check:**") : ""
    return CatalogEntry.Worked(question: question, solution: solution, check: Self.unfenced(check))
  }

  /// The paragraph that `mark` opens, to the next mark or heading.
  private mutating func text(_ mark: String) throws -> String {
    guard let first = rest.popFirst() else {
      throw file.failure(file.lines.count, "the file ends where \"\(mark) …\" is required")
    }
    guard first.text.hasPrefix(mark), !first.isFenced else {
      throw file.failure(first.number, "found \"\(first.text)\" where \"\(mark) …\" is required")
    }
    let more = take { !Self.isHeading($0) && !Self.isSection($0) && !Self.isMarked($0) }
    let text = ([first.text.dropFirst(mark.count).trimmed] + more.map(\.text)).joined(separator: "\n").trimmed
    guard !text.isEmpty else {
      throw file.failure(first.number, "\(mark) is followed by nothing; write its text after it")
    }
    return text
  }

  private mutating func take(_ belongs: (Line) -> Bool) -> ArraySlice<Line> {
    let taken = rest.prefix(while: belongs)
    rest = rest[taken.endIndex...]
    return taken
  }

  private static func unfenced(_ text: String) -> String {
    text.split(separator: "\n").filter { !$0.hasPrefix("```") }.joined(separator: "\n")
  }

  private static func isHeading(_ line: Line) -> Bool { !line.isFenced && line.text.hasPrefix("## ") }
  private static func isSection(_ line: Line) -> Bool { !line.isFenced && line.text.hasPrefix("### ") }
  private static func isMarked(_ line: Line) -> Bool {
    !line.isFenced && ["**Q:**", "**A:**", "**Check:**"].contains { line.text.hasPrefix($0) }
  }
}

extension StringProtocol {
  /// Without white space at its ends.
  fileprivate var trimmed: String {
    let tail = drop(while: \.isWhitespace)
    return String(
      tail.prefix(upTo: tail.lastIndex { !$0.isWhitespace }.map(tail.index(after:)) ?? tail.startIndex))
  }
}
