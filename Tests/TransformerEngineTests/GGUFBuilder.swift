@testable import TransformerEngine

/// Writes GGUF files, also such that nobody else would.
struct GGUFBuilder {
  struct Tensor {
    var name: String
    /// As in the file: the width of a row comes first.
    var sizes: [UInt64]
    var code: UInt32
    var data: [UInt8]
    /// Instead of the place that follows from the tensors before it.
    var offset: UInt64?
  }

  var version: UInt32 = 3
  var values: [(key: String, value: GGUFValue)] = []
  var tensors: [Tensor] = []
  /// Instead of the numbers of tensors and values.
  var tensorCount, valueCount: UInt64?

  /// What a file has.
  init(_ path: String) throws {
    let file = try GGUFFile(path)
    values = file.metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    tensors = file.entries.sorted { $0.value.range.lowerBound < $1.value.range.lowerBound }.map {
      name, entry in
      Tensor(
        name: name, sizes: entry.shape.reversed().map(UInt64.init), code: entry.type.rawValue,
        data: Array(file.data[entry.range]))
    }
  }

  subscript(key: String) -> GGUFValue? {
    get { values.last { $0.key == key }?.value }
    set {
      values.removeAll { $0.key == key }
      if let newValue { values.append((key, newValue)) }
    }
  }

  var bytes: [UInt8] {
    var bytes = Array("GGUF".utf8) + Self.little(version)
    bytes +=
      Self.little(tensorCount ?? UInt64(tensors.count)) + Self.little(valueCount ?? UInt64(values.count))
    for (key, value) in values { bytes += Self.text(key) + Self.value(value) }
    var offset: UInt64 = 0
    for tensor in tensors {
      bytes += Self.text(tensor.name) + Self.little(UInt32(tensor.sizes.count))
      for size in tensor.sizes { bytes += Self.little(size) }
      bytes += Self.little(tensor.code) + Self.little(tensor.offset ?? offset)
      offset += UInt64((tensor.data.count + 31) / 32 * 32)
    }
    func pad() { bytes += Array(repeating: 0, count: (32 - bytes.count % 32) % 32) }
    pad()
    for tensor in tensors {
      bytes += tensor.data
      pad()
    }
    return bytes
  }

  private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private static func text(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }

  private static func value(_ value: GGUFValue) -> [UInt8] {
    func list(_ type: UInt32, _ items: [[UInt8]]) -> [UInt8] {
      little(UInt32(9)) + little(type) + little(UInt64(items.count)) + items.joined()
    }
    return switch value {
    case .integer(let number): little(UInt32(11)) + little(Int64(number))
    case .large(let number): little(UInt32(10)) + little(number)
    case .single(let number): little(UInt32(6)) + little(number.bitPattern)
    case .double(let number): little(UInt32(12)) + little(number.bitPattern)
    case .bool(let bool): little(UInt32(7)) + [bool ? 1 : 0]
    case .string(let string): little(UInt32(8)) + text(string)
    case .integers(let numbers): list(5, numbers.map { little(Int32($0)) })
    case .singles(let numbers): list(6, numbers.map { little($0.bitPattern) })
    case .strings(let strings): list(8, strings.map(text))
    case .others: list(12, [])
    }
  }
}
