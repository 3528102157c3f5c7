internal import CPolya
internal import PolyaContract
internal import PolyaCore

/// Reads a plugin's results and records each breach under the rule it belongs to.
final class ResultReader {
  private let space: AddressSpace
  private let allowed: [Range<UInt>]
  private let evidence: Evidence
  private(set) var faults: [Fault] = []
  /// The rule for invalid texts of the current row.
  var textRule = "memory.result-pointers"
  var place = ""
  /// Whether any address is allowed, as for descriptors, which are permanent memory of the module.
  var takesAnyPlace = false

  init(space: AddressSpace, allowed: [Range<UInt>], evidence: Evidence) {
    self.space = space
    self.evidence = evidence
    self.allowed = allowed.sorted { $0.lowerBound < $1.lowerBound }
  }

  /// Records an event that a rule is about.
  func saw(_ event: Evidence.Event) { evidence.saw(event) }

  func fault(_ rule: String, _ message: String) {
    guard faults.count < 100 else { return }
    faults.append(Fault(rule: rule, message: "\(place): \(message)"))
  }

  private func isAllowed(_ start: UInt, _ count: Int) -> Bool {
    var low = 0
    var high = allowed.count
    while low < high {
      let middle = (low + high) / 2
      if allowed[middle].lowerBound <= start { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return false }
    // Adjacent pages of one module are separate ranges.
    var end = allowed[low - 1].upperBound
    while low < allowed.count, allowed[low].lowerBound == end {
      (end, low) = (allowed[low].upperBound, low + 1)
    }
    return start + UInt(count) <= end
  }

  func bytes(_ address: UInt, _ size: UInt64, _ what: String) -> [UInt8] {
    guard size > 0 else { return [] }
    guard address != 0, size <= 1 << 30, let bytes = space.bytes(at: address, count: Int(size)) else {
      fault("memory.result-pointers", "\(what): \(size) bytes cannot be read")
      return []
    }
    // The content of foreign memory could be anything, so reading it would blame other rules.
    guard takesAnyPlace || isAllowed(address, bytes.count) else {
      fault(
        "memory.result-pointers",
        "\(what): the address is not in the inputs, the arena, or the constants of a module")
      return []
    }
    return bytes
  }

  private func isAligned<T>(_ address: UInt, _ type: T.Type, _ what: String) -> Bool {
    let alignment = MemoryLayout<T>.alignment
    guard address % UInt(alignment) != 0 else { return true }
    fault("memory.result-pointers", "\(what): the address is not aligned to \(alignment) bytes")
    return false
  }

  func text(_ text: PolyaText, _ what: String, rule: String? = nil) -> String {
    let bytes = bytes(UInt(bitPattern: text.data), text.size, what)
    guard let valid = String(validating: bytes, as: UTF8.self) else {
      fault(rule ?? textRule, "\(what) is not UTF-8")
      return String(decoding: bytes, as: UTF8.self)
    }
    return valid
  }

  func array<T>(_ pointer: UnsafePointer<T>?, _ count: UInt64, _ what: String) -> [T] {
    let size = UInt64(MemoryLayout<T>.stride)
    let (total, isTooLarge) = count.multipliedReportingOverflow(by: size)
    guard !isTooLarge else {
      fault("memory.result-pointers", "\(what): the count \(count) is impossible")
      return []
    }
    guard isAligned(UInt(bitPattern: pointer), T.self, what) else { return [] }
    let bytes = bytes(UInt(bitPattern: pointer), total, what)
    return bytes.withUnsafeBytes { buffer in
      (0..<buffer.count / Int(size)).map {
        buffer.loadUnaligned(fromByteOffset: $0 * Int(size), as: T.self)
      }
    }
  }

  func rows<T>(_ rows: PolyaRows, _ type: T.Type, _ what: String) -> [T] {
    guard rows.count > 0 else { return [] }
    guard rows.count <= 1 << 20, Int(rows.stride) >= MemoryLayout<T>.size else {
      fault("memory.result-pointers", "\(what): \(rows.count) rows of \(rows.stride) bytes are impossible")
      return []
    }
    guard isAligned(UInt(bitPattern: rows.base), T.self, what) else { return [] }
    let bytes = bytes(UInt(bitPattern: rows.base), rows.count * UInt64(rows.stride), what)
    guard !bytes.isEmpty else { return [] }
    return bytes.withUnsafeBytes { buffer in
      (0..<Int(rows.count)).map {
        buffer.loadUnaligned(fromByteOffset: $0 * Int(rows.stride), as: T.self)
      }
    }
  }
}

/// Stores the inputs of a call as the contract's structs.
struct InputWriter {
  let memory: InputMemory

  func text(_ bytes: [UInt8]) -> PolyaText {
    bytes.withUnsafeBytes {
      PolyaText(
        data: memory.store($0, alignment: 1)?.assumingMemoryBound(to: CChar.self), size: UInt64($0.count))
    }
  }

  func bytes(_ bytes: [UInt8]) -> PolyaBytes {
    bytes.withUnsafeBytes {
      PolyaBytes(
        data: memory.store($0, alignment: 1)?.assumingMemoryBound(to: UInt8.self), size: UInt64($0.count))
    }
  }

  func array<T>(_ values: [T]) -> UnsafePointer<T>? {
    values.withUnsafeBytes { memory.store($0).map { UnsafePointer($0.assumingMemoryBound(to: T.self)) } }
  }

  func tokens(_ ids: [Int32]) -> PolyaTokens { PolyaTokens(ids: array(ids), count: UInt64(ids.count)) }

  func messages(_ messages: [DialogMessage]) -> PolyaRows {
    rows(messages.map { PolyaMessage(role: text($0.role), content: text($0.content)) })
  }

  func rows<T>(_ rows: [T]) -> PolyaRows {
    PolyaRows(base: array(rows), count: UInt64(rows.count), stride: UInt32(MemoryLayout<T>.stride), zero: 0)
  }

  /// Sets fields by their names in the header.
  func fill<Row>(_ row: inout Row, _ layout: StructLayout, _ fields: JSON.Members) throws {
    guard !fields.pairs.isEmpty else { return }
    try withUnsafeMutableBytes(of: &row) { bytes in
      guard let base = bytes.baseAddress else { return }
      try RowJSON.fill(base, layout, from: .object(fields), at: "row") { size in
        let zeros = [UInt8](repeating: 0, count: max(size, 1))
        guard let memory = zeros.withUnsafeBytes({ memory.store($0) }) else {
          throw Violation("the system has no memory for a row")
        }
        return memory
      }
    }
  }
}
