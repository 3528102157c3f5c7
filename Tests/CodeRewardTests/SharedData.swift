import Foundation
import Testing

/// Data that are not part of the repository: `../shared/data` beside it, or `$POLYA_DATA`.
enum SharedData {
  static var folder: URL {
    if let given = ProcessInfo.processInfo.environment["POLYA_DATA"] { return URL(fileURLWithPath: given) }
    return URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../shared/data").standardizedFileURL
  }

  static let isPresent: ConditionTrait = .enabled(
    if: FileManager.default.fileExists(atPath: folder.path), "the shared data are not beside the repository")

  /// Rows of JSON lines; a name that ends in .gz is unpacked.
  static func rows(_ path: String) throws -> [[String: Any]] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [path.hasSuffix(".gz") ? "zcat" : "cat", folder.appending(path: path).path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try data.split(separator: UInt8(ascii: "\n")).compactMap {
      try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any]
    }
  }
}
