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
    if: folder != nil, "no data: set POLYA_DATA to the folder that holds gsm8k/ and grading/")

  /// The objects of a JSON-lines file.
  static func rows(_ path: String) throws -> [[String: Any]] {
    let text = try String(contentsOf: #require(folder).appending(path: path), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }
}
