import Foundation
import PolyaCore

/// A JSON5 block of a document as a whole manifest.
enum ManifestBlocks {
  /// What fragments leave out because their reader has it: a model, tasks, strategies, a verifier.
  private static let surroundings = """
    { polya: 1, run: { name: "fragment" },
      plugins: {
        base: { use: "polya.transformer", options: { shape: "tiny" } },
        words: { use: "polya.word-arithmetic" },
        ways: { use: "polya.heuristics", options: { only: ["working-backwards", "plain"] } },
        answer: { use: "polya.math-answer" } },
      tasks: { train: { from: "words", split: "train", count: 8 } },
      stages: { worked: { kind: "demonstrate", tasks: "train", strategy: "ways", count: 8 } } }
    """

  /// What a stage of a fragment must say, when it says nothing of it.
  private static let needed: [String: JSON.Members] = [
    "bootstrap": ["model": "base", "tasks": "train", "strategies": ["ways"], "verify": "answer"],
    "train": ["model": "base", "data": "worked"],
    "reinforce": ["model": "base", "tasks": "train", "steps": 2],
    "evaluate": ["models": ["base"], "tasks": ["train"], "verify": "answer"],
  ]

  /// - Throws: where the block is not JSON5.
  static func manifest(_ block: Block) throws -> JSON {
    let isObject = block.text.hasPrefix("{")
    let text = isObject ? block.text : "{ \(block.text) }"
    let given = try JSONParser.parse(Array(text.utf8), .json5, at: block.place)
    guard given["polya"] == nil else { return given }
    var whole = try JSONParser.parse(Array(surroundings.utf8), .json5, at: "the surroundings")
    guard case .object(let sections) = given else { return given }
    for (section, entries) in sections {
      guard case .object(let members) = entries else { return given }
      for (name, entry) in members { whole = set(whole, section, name, completed(entry, section)) }
    }
    return whole
  }

  private static func set(_ whole: JSON, _ section: String, _ name: String, _ entry: JSON) -> JSON {
    guard case .object(var sections) = whole else { return whole }
    var members: JSON.Members = [:]
    if case .object(let there)? = sections[section] { members = there }
    members[name] = entry
    sections[section] = .object(members)
    return .object(sections)
  }

  private static func completed(_ entry: JSON, _ section: String) -> JSON {
    guard section == "stages", case .object(var members) = entry, let kind = members["kind"]?.string
    else { return entry }
    for (key, value) in needed[kind] ?? [:] where members[key] == nil { members[key] = value }
    return .object(members)
  }
}
