public import PolyaCore

/// Reads the records of a JSON-lines file one after the other, compressed when its name ends in .zst.
///
/// Holds about a mebibyte of the file, whatever its size.
public final class RecordReader {
  private let file: String
  private let packed: ZstdReader?
  private var offset = 0
  private var isAtEnd = false
  /// Lines that are not read yet begin at `position`.
  private var lines: [UInt8] = []
  private var position = 0
  private var line = 0

  private static let step = 1 << 20

  /// - Throws: `file` when it cannot be read.
  public init(_ file: String) throws {
    self.file = file
    packed = file.hasSuffix(".zst") ? try ZstdReader(file) : nil
    try refill()
  }

  /// The next record; nil at the end. Empty lines are skipped.
  ///
  /// - Throws: `corrupt` with file and frame or line.
  public func next() throws -> JSON? {
    while true {
      guard let end = lines[position...].firstIndex(of: UInt8(ascii: "\n")) else {
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
    line += 1
    guard lines[range].contains(where: { $0 > 0x20 }) else { return nil }
    do { return try JSONParser.parse(lines, in: range) } catch let error as PolyaError {
      throw PolyaError(.corrupt, "line \(line) is not JSON: \(error.message)", at: file)
    }
  }

  private func refill() throws {
    lines.removeFirst(position)
    position = 0
    if let packed {
      guard let part = try packed.next() else { return isAtEnd = true }
      if lines.isEmpty { lines = part } else { lines += part }
      return
    }
    let part = try FileBytes.read(file, from: offset, count: Self.step)
    offset += part.count
    isAtEnd = part.isEmpty
    lines += part
  }
}
