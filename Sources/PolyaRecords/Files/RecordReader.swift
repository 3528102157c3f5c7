package import PolyaCore

/// Reads the records of a JSON-lines file one at a time. The file is decompressed if its name ends in .zst.
///
/// The reader keeps about 1 MiB of the file in memory, whatever its size.
package final class RecordReader {
  private let file: String
  private let stream: ByteStream
  private let packed: ZstdReader?
  private var isAtEnd = false
  /// The lines not yet read begin at `position`; no line ends before `searched`.
  private var lines: [UInt8] = []
  private var position = 0
  private var searched = 0
  private var line = 0

  /// The number of stored (compressed) bytes read so far.
  package private(set) var storedBytes = 0

  private static let step = 1 << 20

  /// Opens a file.
  ///
  /// - Throws: `file` if it cannot be read.
  package init(_ file: String) throws {
    self.file = file
    stream = try ByteStream(file)
    packed = file.hasSuffix(".zst") ? try ZstdReader(stream) : nil
    try refill()
  }

  /// Returns the next record, or nil at the end. Empty lines are skipped.
  ///
  /// - Throws: `corrupt` with the file and the frame or line.
  package func next() throws -> JSON? {
    while true {
      guard let end = lines[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
        searched = lines.count
        guard isAtEnd else {
          try refill()
          continue
        }
        guard position < lines.count else { return nil }
        return try record(upTo: lines.count)
      }
      if let record = try record(upTo: end) { return record }
    }
  }

  private func record(upTo end: Int) throws -> JSON? {
    let range = position..<end
    position = min(end + 1, lines.count)
    searched = position
    line += 1
    guard lines[range].contains(where: { $0 > 0x20 }) else { return nil }
    do { return try JSONParser.parse(lines, in: range) } catch let error as PolyaError {
      throw PolyaError(.corrupt, "line \(line) is not JSON: \(error.message)", at: file)
    }
  }

  private func refill() throws {
    lines.removeFirst(position)
    searched -= position
    position = 0
    let part: [UInt8]?
    if let packed {
      part = try packed.next()
      storedBytes = packed.storedBytes
    } else {
      let bytes = try stream.read(upTo: Self.step)
      storedBytes += bytes.count
      part = bytes.isEmpty ? nil : bytes
    }
    guard let part else { return isAtEnd = true }
    if lines.isEmpty { lines = part } else { lines += part }
  }
}
