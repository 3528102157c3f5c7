package import PolyaCore

extension RowJSON {
  /// Returns zeroed memory that lives as long as the row, aligned to 8 bytes.
  package typealias Allocate = (_ size: Int) throws -> UnsafeMutableRawPointer

  /// Fills a zeroed row from an object. Missing members stay zero.
  ///
  /// - Throws: `corrupt` for a member that the header does not define or that has the wrong type.
  package static func fill(
    _ row: UnsafeMutableRawPointer, _ layout: StructLayout, from json: JSON, at path: String = "item",
    allocate: Allocate
  ) throws {
    if let whole = layout.fields.first, whole.name.isEmpty {
      return try fill(row, whole, json, path, allocate)
    }
    guard case .object(let members) = json else { throw refusal("must be an object", path) }
    for (key, value) in members {
      guard let field = layout.fields.first(where: { $0.name == key }) else {
        let known = layout.fields.map(\.name).joined(separator: ", ")
        throw PolyaError(.corrupt, "unknown key '\(key)'", at: path, hint: "known here: \(known)")
      }
      try fill(row, field, value, "\(path).\(key)", allocate)
    }
  }

  private static func refusal(_ what: String, _ path: String) -> PolyaError {
    PolyaError(.corrupt, what, at: path)
  }

  private static func fill(
    _ row: UnsafeMutableRawPointer, _ field: StructLayout.Field, _ json: JSON, _ path: String,
    _ allocate: Allocate
  ) throws {
    let place = row + field.offset
    switch field.kind {
    case .integer(let type): try store(json, type, place, path)
    case .real:
      guard let number = json.real else { throw refusal("must be a number", path) }
      place.storeBytes(of: number, as: Double.self)
    case .text, .bytes: try store(try bytes(json, path), place, allocate)
    case .tokens:
      try store(try numbers(json, path).map { try exactly(Int32.self, $0, path) }, place, allocate)
    case .record(let layout): try fill(place, layout(), from: json, at: path, allocate: allocate)
    case .rows(let layout): try fillRows(place, layout(), json, path, allocate)
    case .digest(let count):
      let bytes = try bytes(json, path)
      guard bytes.count == count else { throw refusal("must have \(count) bytes", path) }
      for (index, byte) in bytes.enumerated() {
        place.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
      }
    case .array(let element, _):
      guard let values = json.array?.map(\.real), !values.contains(nil) else {
        throw refusal("must be an array of numbers", path)
      }
      let memory = try allocate(values.count * element.size)
      for (index, value) in values.enumerated() {
        switch element {
        case .float: memory.storeBytes(of: Float(value ?? 0), toByteOffset: 4 * index, as: Float.self)
        case .double: memory.storeBytes(of: value ?? 0, toByteOffset: 8 * index, as: Double.self)
        }
      }
      place.storeBytes(of: UnsafeRawPointer(memory), as: UnsafeRawPointer.self)
    case .rowsOfRows, .skipped: throw refusal("cannot be set", path)
    }
  }

  private static func fillRows(
    _ place: UnsafeMutableRawPointer, _ layout: StructLayout, _ json: JSON, _ path: String,
    _ allocate: Allocate
  ) throws {
    guard let elements = json.array else { throw refusal("must be an array", path) }
    guard !elements.isEmpty else { return }
    let memory = try allocate(elements.count * layout.size)
    for (index, element) in elements.enumerated() {
      try fill(
        memory + index * layout.size, layout, from: element, at: "\(path)[\(index)]", allocate: allocate)
    }
    place.storeBytes(of: UnsafeRawPointer(memory), as: UnsafeRawPointer.self)
    place.storeBytes(of: UInt64(elements.count), toByteOffset: 8, as: UInt64.self)
    place.storeBytes(of: UInt32(layout.size), toByteOffset: 16, as: UInt32.self)
  }

  /// Stores a pointer and a count.
  private static func store<Number: BitwiseCopyable>(
    _ numbers: [Number], _ place: UnsafeMutableRawPointer, _ allocate: Allocate
  ) throws {
    guard !numbers.isEmpty else { return }
    let memory = try allocate(numbers.count * MemoryLayout<Number>.stride)
    numbers.withUnsafeBytes {
      memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count)
    }
    place.storeBytes(of: UnsafeRawPointer(memory), as: UnsafeRawPointer.self)
    place.storeBytes(of: UInt64(numbers.count), toByteOffset: 8, as: UInt64.self)
  }

  private static func store(
    _ json: JSON, _ type: StructLayout.Integer, _ place: UnsafeMutableRawPointer, _ path: String
  ) throws {
    guard let number = json.integer.map({ Int128($0) }) ?? json.string.flatMap({ Int128($0) }) else {
      throw refusal("must be an integer", path)
    }
    switch type {
    case .u32: place.storeBytes(of: try exactly(UInt32.self, number, path), as: UInt32.self)
    case .i32: place.storeBytes(of: try exactly(Int32.self, number, path), as: Int32.self)
    case .u64: place.storeBytes(of: try exactly(UInt64.self, number, path), as: UInt64.self)
    case .i64: place.storeBytes(of: try exactly(Int64.self, number, path), as: Int64.self)
    }
  }

  private static func exactly<T: FixedWidthInteger>(_ type: T.Type, _ number: Int128, _ path: String) throws
    -> T
  {
    guard let value = T(exactly: number) else { throw refusal("is out of range", path) }
    return value
  }

  private static func numbers(_ json: JSON, _ path: String) throws -> [Int128] {
    let numbers = json.array?.compactMap { $0.integer.map { Int128($0) } }
    guard let numbers, numbers.count == json.array?.count else {
      throw refusal("must be an array of integers", path)
    }
    return numbers
  }

  private static func bytes(_ json: JSON, _ path: String) throws -> [UInt8] {
    if let text = json.string { return Array(text.utf8) }
    return try numbers(json, path).map { try exactly(UInt8.self, $0, path) }
  }
}
