internal import Glibc

/// Reads small files that options refer to.
public enum OptionFile {
  /// Returns the bytes of a file of at most 64 MiB.
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
    guard ferror(file) == 0 else { throw Failure(.badOption, "\(path) cannot be read completely") }
    return bytes
  }

  /// Converts each row of a file of JSON lines with `read`, skipping empty lines.
  ///
  /// - Throws: ``Failure`` with file and line if a row is not JSON or `read` returns nil.
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
