internal import CPolya
internal import PolyaContract

/// Copies into the shared memory what a result points to outside of it, such as constants of the module.
///
/// Safety: This runs in the worker, to whose memory the pointers belong. Wild pointers are left unchanged, so
/// that the host detects them.
struct ResultCopier {
  let shared: SharedMemory
  /// The length of arrays whose length is not in the row, such as a reward's components.
  let outside: UInt64
  /// Allocates shared memory, aligned to 8 bytes.
  let allocate: (Int) -> UnsafeMutableRawPointer?
  /// Whether the shared memory was too small.
  private(set) var isFull = false

  init(shared: SharedMemory, outside: UInt64, allocate: @escaping (Int) -> UnsafeMutableRawPointer?) {
    self.shared = shared
    self.outside = outside
    self.allocate = allocate
  }

  /// Copies everything that a row points to.
  mutating func copy(_ row: UnsafeMutableRawPointer, _ layout: StructLayout) {
    for field in layout.pointers {
      let place = row + field.offset
      switch field.kind {
      case .text, .bytes: move(place, count: length(place), size: 1)
      case .tokens: move(place, count: length(place), size: 4)
      case .record(let inner): copy(place, inner())
      case .rows(let inner): copyRows(at: place, inner())
      case .array(let element, .field(let offset)):
        move(place, count: row.load(fromByteOffset: offset, as: UInt64.self), size: UInt64(element.size))
      case .array(let element, .outside): move(place, count: outside, size: UInt64(element.size))
      case .integer, .real, .rowsOfRows, .digest, .skipped: break
      }
    }
  }

  /// Returns the word after a pointer.
  private func length(_ place: UnsafeMutableRawPointer) -> UInt64 {
    place.load(fromByteOffset: 8, as: UInt64.self)
  }

  /// Copies the bytes into the shared memory and writes their new address to `place`.
  private mutating func move(_ place: UnsafeMutableRawPointer, count: UInt64, size: UInt64) {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
    guard let base = place.load(as: UnsafeRawPointer?.self), count > 0, !overflow, bytes <= Received.largest,
      !shared.holds(base, Int(bytes)), UInt(bitPattern: base) % UInt(size) == 0
    else { return }
    let copy = room(Int(bytes))
    copy?.copyMemory(from: base, byteCount: Int(bytes))
    place.storeBytes(of: copy.map { UnsafeRawPointer($0) }, as: UnsafeRawPointer?.self)
  }

  /// Copies rows and everything they point to. The rows are always copied, since constants cannot be
  /// modified.
  mutating func copyRows(at place: UnsafeMutableRawPointer, _ layout: StructLayout) {
    let rows = place.load(as: PolyaRows.self)
    let (bytes, overflow) = rows.count.multipliedReportingOverflow(by: UInt64(rows.stride))
    guard let base = rows.base, !overflow, bytes <= Received.largest, Int(rows.stride) >= layout.firstSize,
      UInt(bitPattern: base) % 8 == 0, let copy = room(Int(bytes))
    else { return }
    copy.copyMemory(from: base, byteCount: Int(bytes))
    for index in 0..<Int(rows.count) { self.copy(copy + index * Int(rows.stride), layout) }
    place.storeBytes(of: UnsafeRawPointer(copy), as: UnsafeRawPointer?.self)
  }

  private mutating func room(_ size: Int) -> UnsafeMutableRawPointer? {
    let memory = allocate(size)
    isFull = isFull || memory == nil
    return memory
  }
}
