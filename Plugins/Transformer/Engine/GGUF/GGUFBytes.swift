internal import TransformerFiles

/// Reads the header of a GGUF file from front to back; nothing is read beyond its end.
struct GGUFBytes {
  private let memory: UnsafeRawBufferPointer
  private let path: String
  private(set) var at = 0

  /// Deeper arrays are no metadata of a model.
  private static let deepest = 4

  init(_ memory: UnsafeRawBufferPointer, path: String) {
    self.memory = memory
    self.path = path
  }

  private var left: Int { memory.count - at }

  func damaged(_ what: String) -> TransformerError {
    TransformerError(.corrupt, "\(path) is damaged: \(what); copy the file again")
  }

  mutating func number<Number: FixedWidthInteger>(_ what: @autoclosure () -> String) throws -> Number {
    let width = MemoryLayout<Number>.size
    guard left >= width else {
      throw damaged("it ends at byte \(memory.count), inside \(what())")
    }
    defer { at += width }
    return Number(littleEndian: memory.loadUnaligned(fromByteOffset: at, as: Number.self))
  }

  /// A number of things of which each has at least `width` bytes.
  mutating func count(_ what: @autoclosure () -> String, each width: Int) throws -> Int {
    let count: UInt64 = try number(what())
    guard count <= UInt64(left / width) else {
      throw damaged("it says that \(what()) is \(count), but only \(left) bytes follow")
    }
    return Int(count)
  }

  mutating func string(_ what: @autoclosure () -> String) throws -> String {
    let length = try count("the length of \(what())", each: 1)
    let bytes = memory[at..<at + length]
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw damaged("\(what()) is not UTF-8")
    }
    at += length
    return text
  }

  /// A value with its type before it.
  mutating func value(_ key: String) throws -> GGUFValue {
    let type: UInt32 = try number("the type of \(key)")
    return try value(type: type, key, depth: 0)
  }

  private mutating func value(type: UInt32, _ key: String, depth: Int) throws -> GGUFValue {
    switch type {
    case 0: return .integer(Int(try number(key) as UInt8))
    case 1: return .integer(Int(try number(key) as Int8))
    case 2: return .integer(Int(try number(key) as UInt16))
    case 3: return .integer(Int(try number(key) as Int16))
    case 4: return .integer(Int(try number(key) as UInt32))
    case 5: return .integer(Int(try number(key) as Int32))
    case 6: return .single(Float(bitPattern: try number(key)))
    case 7:
      let byte: UInt8 = try number(key)
      guard byte <= 1 else { throw damaged("\(key) is \(byte), which is neither true nor false") }
      return .bool(byte == 1)
    case 8: return .string(try string(key))
    case 9: return try array(key, depth: depth + 1)
    case 10:
      let value: UInt64 = try number(key)
      return Int(exactly: value).map { .integer($0) } ?? .large(value)
    case 11: return .integer(Int(try number(key) as Int64))
    case 12: return .double(Double(bitPattern: try number(key)))
    default: throw damaged("\(key) has a value of type \(type), which GGUF does not have")
    }
  }

  private mutating func array(_ key: String, depth: Int) throws -> GGUFValue {
    guard depth <= Self.deepest else {
      throw damaged("\(key) has lists in lists, deeper than \(Self.deepest) levels")
    }
    let type: UInt32 = try number("the type of \(key)")
    let widths: [UInt32: Int] = [
      0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 8: 8, 9: 12, 10: 8, 11: 8, 12: 8,
    ]
    guard let width = widths[type] else {
      throw damaged("\(key) has a list of type \(type), which GGUF does not have")
    }
    let count = try count("the length of \(key)", each: width)
    switch type {
    case 6: return .singles(try (0..<count).map { _ in Float(bitPattern: try number(key)) })
    case 8: return .strings(try (0..<count).map { _ in try string(key) })
    case 9, 12:
      for _ in 0..<count { _ = try value(type: type, key, depth: depth) }
      return .others(count: count)
    default: return try integers(type, count, key)
    }
  }

  private mutating func integers(_ type: UInt32, _ count: Int, _ key: String) throws -> GGUFValue {
    var values: [Int] = []
    values.reserveCapacity(count)
    for _ in 0..<count {
      switch try value(type: type, key, depth: 0) {
      case .integer(let value): values.append(value)
      case .bool(let value): values.append(value ? 1 : 0)
      default: return try rest(type, count - values.count - 1, of: count, key)
      }
    }
    return .integers(values)
  }

  private mutating func rest(_ type: UInt32, _ left: Int, of count: Int, _ key: String) throws -> GGUFValue {
    for _ in 0..<left { _ = try value(type: type, key, depth: 0) }
    return .others(count: count)
  }
}
