package import PolyaCore

/// Converts rows of the contract to JSON objects and back, field by field, with the names in the header.
/// Empty fields are left out. Bytes, and text that is not UTF-8, are arrays of numbers.
///
/// Safety: ``object(_:_:outside:)`` follows the pointers of a row, which must belong to this process, like
/// those that the host stores in the memory of a call. ``fill(_:_:from:allocate:)`` writes only to one struct
/// and what it allocates.
package enum RowJSON {
  /// Returns a row as an object.
  ///
  /// - Parameter outside: The length of arrays whose length is not in the row.
  package static func object(_ row: UnsafeRawPointer, _ layout: StructLayout, outside: Int = 0) -> JSON {
    var members: JSON.Members = [:]
    for field in layout.fields {
      let value = value(row, field, outside)
      if field.name.isEmpty { return value ?? "" }
      members[field.name] = value
    }
    return .object(members)
  }

  private static func value(_ row: UnsafeRawPointer, _ field: StructLayout.Field, _ outside: Int) -> JSON? {
    let place = row + field.offset
    switch field.kind {
    case .integer(let type):
      let number = integer(place, type)
      return number == 0 ? nil : Int64(exactly: number).map(JSON.integer) ?? .string("\(number)")
    case .real: return .real(place.load(as: Double.self))
    case .text, .bytes: return text(numbers(place, UInt8.self))
    case .tokens:
      let ids = numbers(place, Int32.self)
      return ids.isEmpty ? nil : .array(ids.map { .integer(Int64($0)) })
    case .record(let layout): return object(place, layout(), outside: outside)
    case .rows(let layout): return rows(place, layout(), outside)
    case .rowsOfRows, .skipped: return nil
    case .digest(let count):
      return .array((0..<count).map { .integer(Int64(place.load(fromByteOffset: $0, as: UInt8.self))) })
    case .array(let element, let count): return array(row, place, element, count, outside)
    }
  }

  private static func array(
    _ row: UnsafeRawPointer, _ place: UnsafeRawPointer, _ element: StructLayout.Element,
    _ count: StructLayout.Count, _ outside: Int
  ) -> JSON? {
    guard let base = place.load(as: UnsafeRawPointer?.self) else { return nil }
    let length =
      switch count {
      case .field(let offset): Int(row.load(fromByteOffset: offset, as: UInt64.self))
      case .outside: outside
      }
    return .array(
      (0..<length).map { index in
        switch element {
        case .float: .real(Double(base.load(fromByteOffset: 4 * index, as: Float.self)))
        case .double: .real(base.load(fromByteOffset: 8 * index, as: Double.self))
        }
      })
  }

  private static func integer(_ place: UnsafeRawPointer, _ type: StructLayout.Integer) -> Int128 {
    switch type {
    case .u32: Int128(place.load(as: UInt32.self))
    case .i32: Int128(place.load(as: Int32.self))
    case .u64: Int128(place.load(as: UInt64.self))
    case .i64: Int128(place.load(as: Int64.self))
    }
  }

  /// Reads a pointer and a count, as in `PolyaText`, `PolyaBytes`, and `PolyaTokens`.
  private static func numbers<Number>(_ place: UnsafeRawPointer, _ type: Number.Type) -> [Number] {
    let count = Int(place.load(fromByteOffset: 8, as: UInt64.self))
    guard count > 0, let base = place.load(as: UnsafeRawPointer?.self) else { return [] }
    return Array(
      UnsafeRawBufferPointer(start: base, count: count * MemoryLayout<Number>.stride).bindMemory(to: type))
  }

  private static func text(_ bytes: [UInt8]) -> JSON? {
    guard !bytes.isEmpty else { return nil }
    return String(validating: bytes, as: UTF8.self).map(JSON.string)
      ?? .array(bytes.map { .integer(Int64($0)) })
  }

  private static func rows(_ place: UnsafeRawPointer, _ layout: StructLayout, _ outside: Int) -> JSON? {
    let count = Int(place.load(fromByteOffset: 8, as: UInt64.self))
    let stride = Int(place.load(fromByteOffset: 16, as: UInt32.self))
    guard count > 0, let base = place.load(as: UnsafeRawPointer?.self) else { return nil }
    return .array((0..<count).map { object(base + $0 * stride, layout, outside: outside) })
  }
}
