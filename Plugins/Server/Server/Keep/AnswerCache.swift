internal import Glibc
internal import PolyaKit
internal import TransformerFiles
internal import TransformerTokenizer

/// Answers of servers, kept by the SHA-256 of the request: its path and content, which name the model, but not the server.
///
/// An entry is one line, `polya.server/1 REQUEST ANSWER` with both digests in hexadecimal, and then the answer. Entries
/// appear whole, by renaming.
struct AnswerCache {
  private static let mark = "polya.server/1"
  let folder: String

  /// Creates the folder if need be, and tries to write there.
  init(_ folder: String) throws {
    self.folder = folder
    do {
      try File.createFolder(folder)
      let trial = folder + "/.trial-\(getpid())"
      try File.write(trial, [])
      unlink(trial)
    } catch let error as TransformerError {
      throw Failure(
        .io,
        "cache is not a folder to write to: \(error); create it, and name it in the plugin's key 'writable' in the manifest (on the command line, give --isolation host)"
      )
    }
  }

  /// Identifies a request.
  ///
  /// - Parameter seed: The sample's, where the body has none because the server takes none: samples of one prompt are
  ///   different answers all the same.
  static func key(_ path: String, _ body: [UInt8], seed: UInt64? = nil) -> String {
    hexadecimal(
      SHA256.digest(of: Array((path + "\n" + (seed.map { "seed \($0)\n" } ?? "")).utf8) + body))
  }

  /// The answer to a request; nil if there is none. A damaged entry is reported, and counts as none.
  func answer(_ key: String, log: (String) -> Void) -> [UInt8]? {
    let path = path(key)
    guard File.exists(path) else { return nil }
    do {
      let bytes = try File.bytes(path)
      guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { throw Damage() }
      let answer = Array(bytes[(end + 1)...])
      guard Array(bytes[..<end]) == Array(Self.line(key, answer).utf8) else { throw Damage() }
      return answer
    } catch is Damage {
      log("\(path) is damaged; the request is sent again")
    } catch {
      log("\(error); the request is sent again")
    }
    return nil
  }

  private struct Damage: Error {}

  func keep(_ answer: [UInt8], of key: String) throws {
    let path = path(key)
    do {
      try File.createFolder(folder + "/" + key.prefix(2))
      let draft = path + ".\(getpid())"
      try File.write(draft, Array((Self.line(key, answer) + "\n").utf8) + answer)
      guard rename(draft, path) == 0 else {
        throw TransformerError(.io, "cannot rename \(draft): \(String(cString: strerror(errno)))")
      }
    } catch let error as TransformerError { throw Failure(.io, "the cache fails: \(error); make room there") }
  }

  func path(_ key: String) -> String { folder + "/" + key.prefix(2) + "/" + key }

  private static func line(_ key: String, _ answer: [UInt8]) -> String {
    "\(mark) \(key) \(hexadecimal(SHA256.digest(of: answer)))"
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
