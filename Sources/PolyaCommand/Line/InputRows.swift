internal import PolyaCore
internal import PolyaHost

/// A line of stdin, parsed as JSON, or the error if it is not JSON.
struct InputRow {
  /// The line number, starting at 1 and counting blank lines.
  var line: Int
  var json: Result<JSON, PolyaError>
  /// The length of the line in bytes.
  var size: Int

  /// Returns the name of a line in errors.
  static func place(_ line: Int) -> String { "stdin, line \(line)" }
  var place: String { Self.place(line) }
}

/// Reads rows of JSON lines from stdin, with bounded memory.
///
/// A batch ends when it is full or when no more rows are available, so that a program that writes one line
/// and waits gets its answer.
struct InputRows {
  /// The limits of a batch.
  struct Limits {
    var rows = 256
    var bytes = 4 << 20
    /// A group that exceeds this size, in bytes, is split.
    var group = 64 << 20
  }

  /// Longer lines, in bytes, are refused.
  private static let longestLine = 64 << 20
  private static let step = 1 << 16
  /// The time that a batch waits for more rows, in milliseconds.
  private static let patience = 10

  private let stream = ByteStream.standardInput
  private let stop: StopFlag
  /// The bytes not yet read begin at `position`; no line ends before `searched`.
  private var buffer: [UInt8] = []
  private var position = 0
  private var searched = 0
  private var isAtEnd = false
  private var isSkipping = false
  private var line = 0
  /// Rows that were read ahead to find the end of a group.
  private var held: [InputRow] = []

  init(stop: StopFlag) { self.stop = stop }

  /// Returns the next rows; empty at the end.
  ///
  /// - Parameter group: A value that adjacent rows of one group share. A batch never ends between two of
  ///   them.
  mutating func batch(_ limits: Limits = Limits(), group: (InputRow) -> JSON? = { _ in nil }) throws
    -> [InputRow]
  {
    var rows = held
    held = []
    // The number of rows that form complete groups, which can be returned.
    var (whole, size) = (0, rows.reduce(0) { $0 + $1.size })
    for index in rows.indices { whole = Self.whole(rows, upTo: index, group, whole) }
    while true {
      let isFull = rows.count >= limits.rows || size >= limits.bytes
      if isFull, whole > 0 || size >= limits.group { break }
      guard let row = try next(waits: whole == 0) else {
        if isAtEnd { return rows }
        break
      }
      size += row.size
      rows.append(row)
      whole = Self.whole(rows, upTo: rows.count - 1, group, whole)
    }
    guard whole > 0 else { return rows }
    held = Array(rows[whole...])
    return Array(rows[..<whole])
  }

  /// Returns how many rows form complete groups after the row at `index`.
  private static func whole(
    _ rows: [InputRow], upTo index: Int, _ group: (InputRow) -> JSON?, _ before: Int
  ) -> Int {
    guard let own = group(rows[index]) else { return index + 1 }
    guard index > 0 else { return 0 }
    return group(rows[index - 1]) == own ? before : index
  }

  /// Returns the next row, or nil at the end or, if `waits` is false, when no row is available.
  private mutating func next(waits: Bool) throws -> InputRow? {
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        if let row = row(upTo: end) { return row }
        continue
      }
      searched = buffer.count
      if isAtEnd { return isSkipping || position < buffer.count ? row(upTo: buffer.count) : nil }
      if buffer.count - position > Self.longestLine { isSkipping = true }
      if isSkipping { drop(upTo: buffer.count) }
      if !waits, !stream.isReady(within: Self.patience) { return nil }
      try refill()
    }
  }

  private mutating func refill() throws {
    while !stream.isReady(within: 200) { try stop.check() }
    try stop.check()
    drop(upTo: position)
    let part = try stream.read(upTo: Self.step)
    isAtEnd = part.isEmpty
    buffer += part
  }

  private mutating func drop(upTo end: Int) {
    buffer.removeFirst(end)
    searched -= end
    position = 0
  }

  /// Returns nil for a blank line.
  private mutating func row(upTo end: Int) -> InputRow? {
    let range = position..<end
    position = min(end + 1, buffer.count)
    searched = position
    line += 1
    if isSkipping {
      isSkipping = false
      return InputRow(
        line: line, json: .failure(error("is longer than \(Self.longestLine >> 20) MiB")), size: 0)
    }
    guard buffer[range].contains(where: { $0 > 0x20 }) else { return nil }
    do {
      return InputRow(line: line, json: .success(try JSONParser.parse(buffer, in: range)), size: range.count)
    } catch {
      let known = error as? PolyaError
      let column = known?.place?.split(separator: ", ").last.map { ", \($0)" } ?? ""
      let why = known?.message ?? "\(error)"
      return InputRow(line: line, json: .failure(self.error("is not JSON: \(why)", column: column)), size: 0)
    }
  }

  private func error(_ message: String, column: String = "") -> PolyaError {
    PolyaError(.configuration, message, at: InputRow.place(line) + column)
  }
}

/// Passes on rows of stdin in batches up to the first invalid line. The rows before it are processed before
/// its error is thrown.
struct InputBatches {
  private var rows: InputRows
  private let limits: InputRows.Limits
  private var failure: PolyaError?
  /// The number of rows returned so far.
  private(set) var count = 0

  init(stop: StopFlag, limits: InputRows.Limits = .init()) {
    rows = InputRows(stop: stop)
    self.limits = limits
  }

  /// Returns the next rows, converted by `read`, or nil at the end.
  mutating func next<Row>(_ read: (JSON, _ place: String) throws -> Row) throws -> [Row]? {
    if let failure { throw failure }
    let batch = try rows.batch(limits)
    guard !batch.isEmpty else { return nil }
    var result: [Row] = []
    for row in batch {
      do { result.append(try read(try row.json.get(), row.place)) } catch let error as PolyaError {
        guard !result.isEmpty else { throw error }
        failure = error
        break
      }
    }
    count += result.count
    return result
  }
}
