import Foundation
import PolyaTestSupport

/// A Markdown file of the repository and its fenced blocks.
struct Document: Sendable {
  /// From the root of the repository.
  let path: String
  let blocks: [Block]

  init(path: String) throws {
    self.path = path
    let text = try String(contentsOf: Repository.root.appending(path: path), encoding: .utf8)
    blocks = try Block.all(in: text.components(separatedBy: "\n"), of: path)
  }

  /// Where people read: the top level, the SDK, and a README for each plugin and example.
  static func paths() throws -> [String] {
    let manager = FileManager.default
    func names(_ folder: String) throws -> [String] {
      try manager.contentsOfDirectory(atPath: Repository.root.appending(path: folder).path).sorted()
    }
    let sdk = manager.enumerator(atPath: Repository.root.appending(path: "SDK").path)?.compactMap {
      $0 as? String
    }
    let readmes = try ["Plugins", "examples"].flatMap { folder in
      try names(folder).map { "\(folder)/\($0)/README.md" }
    }
    let found = try names(".") + (sdk ?? []).sorted().map { "SDK/\($0)" } + readmes
    return found.filter { path in
      path.hasSuffix(".md") && !path.contains(".build")
        && manager.fileExists(atPath: Repository.root.appending(path: path).path)
    }
  }

  static func all() throws -> [Document] { try paths().map { try Document(path: $0) } }
}

/// A fenced block.
struct Block: Sendable {
  /// What an HTML comment above a block says about it; empty lines may stand between.
  enum Note: Sendable, Equatable {
    /// `<!-- not run: REASON -->`: it cannot run here; it is only parsed.
    case notRun(String)
    /// `<!-- run by: SUITE -->`: another test does what it says.
    case runBy(String)
    /// `<!-- after: CODE -->`: a fragment that needs this before it.
    case after(String)
    /// `<!-- output of: COMMAND -->`, or `<!-- output -->`: what a command, or the block before, prints.
    case output(of: String?)
  }

  /// What is wrong with how a block is written.
  struct Malformed: Error, CustomStringConvertible {
    let description: String
  }

  /// `path:line` of the opening fence.
  let place: String
  /// What stands behind the fence; empty: nothing.
  let language: String
  let text: String
  let note: Note?

  /// Whether it shows what a command prints.
  var isOutput: Bool { if case .output? = note { true } else { false } }

  static func all(in lines: [String], of path: String) throws -> [Block] {
    var blocks: [Block] = []
    var index = 0
    while index < lines.count {
      let line = lines[index].drop { $0 == " " }
      let fence = line.prefix { $0 == "`" }
      guard fence.count >= 3 else {
        index += 1
        continue
      }
      let place = "\(path):\(index + 1)"
      let indent = lines[index].count - line.count
      guard let end = lines[(index + 1)...].firstIndex(where: { $0.dropFirst(indent) == fence }) else {
        throw Malformed(description: "\(place): nothing closes the block")
      }
      let body = lines[(index + 1)..<end].map { String($0.dropFirst(indent)) + "\n" }
      blocks.append(
        Block(
          place: place, language: String(line.dropFirst(fence.count)), text: body.joined(),
          note: try note(above: index, lines, place)))
      index = end + 1
    }
    return blocks
  }

  private static func note(above index: Int, _ lines: [String], _ place: String) throws -> Note? {
    guard let last = lines[..<index].lastIndex(where: { !$0.isEmpty }), lines[last].hasSuffix("-->"),
      let start = lines[...last].lastIndex(where: { $0.hasPrefix("<!--") })
    else { return nil }
    let comment = lines[start...last].joined(separator: "\n").dropFirst(4).dropLast(3)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    if comment == "output" { return .output(of: nil) }
    let parts = comment.split(separator: ":", maxSplits: 1).map {
      $0.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    guard parts.count == 2, !parts[1].isEmpty else {
      throw Malformed(description: "\(place): the comment above says nothing of the block: \(comment)")
    }
    switch parts[0] {
    case "not run": return .notRun(parts[1])
    case "run by": return .runBy(parts[1])
    case "after": return .after(parts[1])
    case "output of": return .output(of: parts[1])
    default: throw Malformed(description: "\(place): there is no note '\(parts[0])'")
    }
  }
}
