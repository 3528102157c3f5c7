internal import CPolya
internal import PolyaContract
internal import PolyaCore

extension PolyaText {
  /// Creates a text that points to constant memory.
  init(_ text: StaticString) {
    self.init(
      data: UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self),
      size: UInt64(text.utf8CodeUnitCount))
  }

  /// The bytes, or nil if pointer and size are inconsistent.
  var bytes: UnsafeRawBufferPointer? {
    guard size > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    guard let data, size <= Received.largest else { return nil }
    return UnsafeRawBufferPointer(start: data, count: Int(size))
  }
}

/// Checks everything that comes from a plugin.
///
/// Data from a worker must be in its shared memory, and it is copied before it is checked, since the worker
/// may still write to it.
struct Received {
  /// The memory shared with a worker; nil if the plugin is in this process, whose pointers are trusted.
  let shared: SharedMemory?

  /// The largest size, 1 GiB. Anything larger must be garbage.
  static let largest: UInt64 = 1 << 30

  /// The checks for plugins in this process.
  static var local: Received { Received(shared: nil) }

  func text(_ text: PolyaText, _ what: String) throws -> String {
    // Most optional texts are empty.
    guard text.size > 0 else { return "" }
    guard let valid = try valid(text.data, text.size, what) else { throw Misbehavior("\(what) is not UTF-8") }
    return valid
  }

  /// Returns the text, or nil if it is not UTF-8.
  private func valid(_ data: UnsafePointer<CChar>?, _ size: UInt64, _ what: String) throws -> String? {
    let base = data.map { UnsafePointer<UInt8>(OpaquePointer($0)) }
    guard shared == nil else { return String(validating: try array(base, size, what), as: UTF8.self) }
    try check(base, size, what)
    return String(validating: UnsafeBufferPointer(start: base, count: Int(size)), as: UTF8.self)
  }

  func bytes(_ bytes: PolyaBytes, _ what: String) throws -> [UInt8] {
    try array(bytes.data, bytes.size, what)
  }

  func tokens(_ tokens: PolyaTokens, _ what: String) throws -> [Int32] {
    try array(tokens.ids, tokens.count, what)
  }

  func array<Element>(_ base: UnsafePointer<Element>?, _ count: UInt64, _ what: String) throws -> [Element] {
    guard count > 0 else { return [] }
    try check(base, count, what)
    return Array(UnsafeBufferPointer(start: base, count: Int(count)))
  }

  private func check<Element>(_ base: UnsafePointer<Element>?, _ count: UInt64, _ what: String) throws {
    guard let base, count <= Self.largest else {
      throw Misbehavior("\(what): the size is \(count), with \(base == nil ? "no" : "a") pointer")
    }
    try check(base, Int(count) * MemoryLayout<Element>.stride, MemoryLayout<Element>.alignment, what)
  }

  /// Reads rows at the sender's stride. In the shorter rows of an older header, new fields read as zero.
  func rows<Row: ReceivedRow, R>(
    _ rows: PolyaRows, _ type: Row.Type, _ what: String, _ read: (Row) throws -> R
  ) throws -> [R] {
    guard rows.count > 0 else { return [] }
    guard let base = rows.base, rows.count <= 1 << 24, Int(rows.stride) >= Row.firstSize else {
      throw Misbehavior(
        "\(what): \(rows.count) rows of \(rows.stride) bytes, but at least \(Row.firstSize) are needed")
    }
    let stride = Int(rows.stride)
    guard UInt64(rows.stride) <= Self.largest / rows.count else {
      throw Misbehavior("\(what): \(rows.count) rows of \(rows.stride) bytes, which is impossible")
    }
    try check(base, stride * Int(rows.count), 8, what)
    return try (0..<Int(rows.count)).map { index in
      var row = Row()
      withUnsafeMutableBytes(of: &row) {
        $0.copyMemory(
          from: UnsafeRawBufferPointer(start: base + index * stride, count: min(stride, $0.count)))
      }
      return try read(row)
    }
  }

  /// Checks the address at which a plugin wants something to be written.
  func checkPlace(_ base: UnsafeRawPointer, _ size: Int, _ what: String) throws {
    try check(base, size, 4, what)
  }

  private func check(_ base: UnsafeRawPointer, _ size: Int, _ alignment: Int, _ what: String) throws {
    guard Int(bitPattern: base) & (alignment - 1) == 0 else {
      throw Misbehavior("\(what): the address is not aligned to \(alignment) bytes")
    }
    guard let shared, !shared.holds(base, size) else { return }
    throw Misbehavior("\(what): the address is outside of the memory of the call")
  }
}

/// A struct that plugins send in rows. Its size in ABI 1.0 is the minimum, however much the host's header
/// grows.
protocol ReceivedRow {
  static var firstSize: Int { get }
  init()
}

extension PolyaOption: ReceivedRow { static var firstSize: Int { StructLayout.option.firstSize } }
extension PolyaChoice: ReceivedRow { static var firstSize: Int { StructLayout.choice.firstSize } }
extension PolyaText: ReceivedRow { static var firstSize: Int { StructLayout.text.firstSize } }
extension PolyaMessage: ReceivedRow { static var firstSize: Int { StructLayout.message.firstSize } }
extension PolyaNote: ReceivedRow { static var firstSize: Int { StructLayout.note.firstSize } }
extension PolyaSegment: ReceivedRow { static var firstSize: Int { StructLayout.segment.firstSize } }
extension PolyaHeuristic: ReceivedRow { static var firstSize: Int { StructLayout.heuristic.firstSize } }
extension PolyaComponent: ReceivedRow { static var firstSize: Int { StructLayout.component.firstSize } }
extension PolyaSplit: ReceivedRow { static var firstSize: Int { StructLayout.split.firstSize } }

/// A breach of the contract, which becomes a ``PolyaError`` that names the plugin and the call.
struct Misbehavior: Error {
  let message: String

  init(_ message: String) { self.message = message }
}
