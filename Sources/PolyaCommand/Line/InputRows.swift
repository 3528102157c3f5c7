internal import PolyaCore
internal import PolyaHost

/// A row of stdin, or why the line is none.
struct InputRow {
  /// From 1, blank lines included.
  var line: Int
  var json: Result<JSON, PolyaError>
  /// Of the line.
  var size: Int

  /// How errors call it.
  static func place(_ line: Int) -> String { "stdin, line \(line)" }
  var place: String { Self.place(line) }
}

/// The rows of stdin as they come: JSON lines, a bounded part of them in memory at a time.
///
/// A batch ends where it is full, or where no more rows are there yet: who writes a line and waits gets its answer.
struct InputRows {
  /// How much a batch holds.
  struct Limits {
    var rows = 256
    var bytes = 4 << 20
    /// Rows that belong together are cut apart beyond so much.
    var group = 64 << 20
  }

  /// A longer line is no row.
  private static let longestLine = 64 << 20
  private static let step = 1 << 16
  /// How long a batch waits for more rows, in milliseconds.
  private static let patience = 10

  private let stream = ByteStream.standardInput
  private let stop: StopFlag
  /// Lines that are not read yet begin at `position`; no line ends before `searched`.
  private var buffer: [UInt8] = []
  private var position = 0
  private var searched = 0
  private var isAtEnd = false
  private var isSkipping = false
  private var line = 0
  /// Rows that were read to see where a group ends.
  private var held: [InputRow] = []

  init(stop: StopFlag) { self.stop = stop }

  /// The next rows; none at the end.
  ///
  /// - Parameter group: what neighbors that belong together share; a batch never ends between two of them.
  mutating func batch(_ limits: Limits = Limits(), group: (InputRow) -> JSON? = { _ in nil }) throws
    -> [InputRow]
  {
    var rows = held
    held = []
    // Rows before it can go: nothing that comes belongs to them.
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

  /// How many rows are whole groups when one more is there.
  private static func whole(
    _ rows: [InputRow], upTo index: Int, _ group: (InputRow) -> JSON?, _ before: Int
  ) -> Int {
    guard let own = group(rows[index]) else { return index + 1 }
    guard index > 0 else { return 0 }
    return group(rows[index - 1]) == own ? before : index
  }

  /// The next row; nil at the end, or where none is there yet and `waits` is false.
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

  /// nil for a blank line.
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

/// Hands over rows of stdin a batch at a time, up to the first line that is no row: what stands before it is worked on
/// before the error is thrown.
struct InputBatches {
  private var rows: InputRows
  private let limits: InputRows.Limits
  private var failure: PolyaError?
  /// Rows handed over so far.
  private(set) var count = 0

  init(stop: StopFlag, limits: InputRows.Limits = .init()) {
    rows = InputRows(stop: stop)
    self.limits = limits
  }

  /// What `read` makes of the next rows; nil at the end.
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
