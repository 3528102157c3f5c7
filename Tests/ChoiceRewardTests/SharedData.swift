import Foundation
import Testing

/// The published data that tests read from outside of the repository: `$POLYA_DATA`, or `../shared/data` beside it.
enum SharedData {
  static let folder: URL? = {
    if let path = ProcessInfo.processInfo.environment["POLYA_DATA"] { return URL(filePath: path) }
    let file = URL(filePath: #filePath).resolvingSymlinksInPath()
    let repository = file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let beside = repository.deletingLastPathComponent().appending(path: "shared/data")
    return FileManager.default.fileExists(atPath: beside.path) ? beside : nil
  }()

  static let isPresent: ConditionTrait = .enabled(
    if: folder != nil, "no data: set POLYA_DATA to the folder that holds bbh/ and musr/")

  /// The objects of a JSON-lines file.
  static func rows(_ path: String) throws -> [[String: Any]] {
    let text = try String(contentsOf: #require(folder).appending(path: path), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  /// A question with options, by its data set's own fields.
  struct Question {
    var text: String
    var choices: [String]
    var right: Int
    var metadataJSON: String
  }

  /// The 27 files of BIG-Bench Hard: the questions whose target is one of the lines behind "Options:".
  static func bbhChoices() throws -> [Question] {
    try bbh().compactMap { _, input, target in
      guard let list = input.components(separatedBy: "Options:\n").dropFirst().last else { return nil }
      let lines = list.components(separatedBy: "\n").filter { !$0.isEmpty }
      let isLettered = lines[0].hasPrefix("(A)")
      let texts = lines.map { String($0.dropFirst(isLettered ? 4 : 2)).trimmingCharacters(in: .whitespaces) }
      let labels = lines.map { isLettered ? String($0.prefix(3)) : String($0.dropFirst(2)) }
      guard let right = labels.firstIndex(of: target) ?? texts.firstIndex(of: target) else { return nil }
      return Question(text: input, choices: texts, right: right, metadataJSON: "")
    }
  }

  /// The questions that list no options.
  static func bbhTexts() throws -> [(name: String, target: String)] {
    try bbh().compactMap { $1.contains("Options:") ? nil : ($0, $2) }
  }

  private static func bbh() throws -> [(name: String, input: String, target: String)] {
    let folder = try #require(folder).appending(path: "bbh")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return try files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.flatMap { file in
      let document = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
      let examples = try #require(document?["examples"] as? [[String: String]])
      return try examples.map {
        (file.lastPathComponent, try #require($0["input"]), try #require($0["target"]))
      }
    }
  }

  static func musr() throws -> [Question] {
    try rows("musr/musr_flat.jsonl").map { row in
      let choices = try #require(row["choices"] as? [String])
      let meta = try JSONSerialization.data(withJSONObject: ["choices": choices])
      return Question(
        text: try #require(row["question"] as? String), choices: choices,
        right: try #require(row["answer_index"] as? Int), metadataJSON: String(decoding: meta, as: UTF8.self))
    }
  }
}
