internal import Glibc

/// Small files that options name.
public enum OptionFile {
  /// All of a file, at most 64 MiB.
  ///
  /// - Throws: ``Failure`` with the system's reason.
  public static func bytes(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else {
      throw Failure(.badOption, "\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      guard count > 0 else { break }
      bytes += buffer[..<count]
      guard bytes.count <= 64 << 20 else { throw Failure(.badOption, "\(path) is larger than 64 MiB") }
    }
    guard ferror(file) == 0 else { throw Failure(.badOption, "\(path) cannot be read to its end") }
    return bytes
  }

  /// What `read` makes of each row of a file of JSON lines; empty lines are skipped.
  ///
  /// - Throws: ``Failure`` with file and line for a row that is not JSON, or of which `read` makes nothing.
  public static func rows<Row>(_ path: String, of what: String, _ read: (JSON) -> Row?) throws -> [Row] {
    let lines = try bytes(path).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return try lines.enumerated().compactMap { number, line in
      guard line.contains(where: { $0 > 0x20 }) else { return nil }
      let json: JSON
      do { json = try JSON(parsing: Array(line)) } catch {
        throw Failure(.badOption, "\(path), line \(number + 1), is not JSON: \(error)")
      }
      guard let row = read(json) else {
        throw Failure(.badOption, "\(path), line \(number + 1), is not \(what)")
      }
      return row
    }
  }
}
