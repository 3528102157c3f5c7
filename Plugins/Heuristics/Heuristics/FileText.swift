internal import Glibc
internal import PolyaKit

/// Small files that options name.
enum FileText {
  /// - Throws: ``Failure`` with the system's reason.
  static func bytes(_ path: String) throws -> [UInt8] {
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
}
