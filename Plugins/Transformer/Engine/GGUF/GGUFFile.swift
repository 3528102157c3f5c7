internal import TransformerFiles

/// A GGUF file (versions 2 and 3, little-endian), mapped into memory, its header checked against its size.
///
/// Format: magic, version, numbers of tensors and of metadata; the metadata; name, sizes, type and offset of each
/// tensor; then, aligned, the data (ggml-org/ggml, docs/gguf.md).
final class GGUFFile {
  struct Entry {
    /// As in Hugging Face's files: the width of a row comes last.
    let shape: [Int]
    let type: GGUFType
    /// Within the data.
    let range: Range<Int>
  }

  static let suffix = ".gguf"

  let path: String
  private(set) var metadata: [String: GGUFValue] = [:]
  private(set) var entries: [String: Entry] = [:]
  private let file: MappedFile
  private var dataStart = 0

  var data: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: file.bytes[dataStart...]) }

  /// Of all tensors together.
  var elements: Int {
    entries.values.reduce(0) { $0 + $1.range.count / $1.type.block.bytes * $1.type.block.elements }
  }

  init(_ path: String) throws {
    self.path = path
    file = try MappedFile(path)
    var bytes = GGUFBytes(file.bytes, path: path)
    try Self.checkMagic(&bytes, path)
    // A tensor has at least a name's length, its number of dimensions, one of these, a type and an offset; a value at
    // least a key's length, its type, and a byte.
    let tensors = try bytes.count("its number of tensors", each: 32)
    let values = try bytes.count("its number of metadata values", each: 13)
    for number in 0..<values {
      let key = try bytes.string("metadata key \(number)")
      let value = try bytes.value(key)
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw bytes.damaged("the metadata has \(key) twice")
      }
    }
    let alignment = try alignment()
    try readEntries(tensors, &bytes, alignment)
  }

  private static func checkMagic(_ bytes: inout GGUFBytes, _ path: String) throws {
    let magic: UInt32 = try bytes.number("its first four bytes")
    guard magic == 0x4655_4747 else {
      throw TransformerError(
        .corrupt,
        "\(path) does not begin with GGUF, so it is no GGUF file; give a checkpoint folder or a GGUF file")
    }
    let version: UInt32 = try bytes.number("its version")
    guard version != 2, version != 3 else { return }
    let isForeign = [2, 3].contains(version.byteSwapped)
    throw TransformerError(
      .unsupported,
      isForeign
        ? "\(path) is a big-endian GGUF file; this engine reads little-endian ones"
        : "\(path) has version \(version) of GGUF; this engine reads 2 and 3")
  }

  private func alignment() throws -> Int {
    switch metadata["general.alignment"] {
    case nil: return 32
    case .integer(let value) where value > 0 && value <= 1 << 20 && value & (value - 1) == 0: return value
    case let other?:
      throw TransformerError(
        .corrupt, "\(path) is damaged: general.alignment is \(other.text), which is no power of two")
    }
  }

  private func readEntries(_ count: Int, _ bytes: inout GGUFBytes, _ alignment: Int) throws {
    var starts: [(name: String, shape: [Int], type: GGUFType, start: UInt64)] = []
    for number in 0..<count {
      let name = try bytes.string("the name of tensor \(number)")
      let dimensions: UInt32 = try bytes.number("tensor \(name)")
      guard (1...4).contains(dimensions) else {
        throw bytes.damaged("tensor \(name) has \(dimensions) dimensions")
      }
      let sizes = try (0..<dimensions).map { _ in try bytes.number("tensor \(name)") as UInt64 }
      let code: UInt32 = try bytes.number("tensor \(name)")
      guard let type = GGUFType(rawValue: code) else {
        throw TransformerError(
          .unsupported,
          "tensor \(name) in \(path) has type \(GGUFType.name(of: code)); supported are \(GGUFType.supported)"
        )
      }
      let shape = sizes.reversed().compactMap { Int(exactly: $0) }
      guard shape.count == sizes.count, !shape.contains(0) else {
        throw bytes.damaged("tensor \(name) has sizes \(sizes)")
      }
      starts.append((name, shape, type, try bytes.number("tensor \(name)")))
    }
    // Without tensors, the data may be left out.
    dataStart = min(file.bytes.count, (bytes.at + alignment - 1) / alignment * alignment)
    for (name, shape, type, start) in starts {
      let entry = Entry(
        shape: shape, type: type, range: try range(name, shape, type, start, alignment, bytes))
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw bytes.damaged("tensor \(name) is listed twice")
      }
    }
    try checkOverlaps(bytes)
  }

  private func range(
    _ name: String, _ shape: [Int], _ type: GGUFType, _ start: UInt64, _ alignment: Int, _ bytes: GGUFBytes
  ) throws -> Range<Int> {
    let (elements, width) = type.block
    guard let row = shape.last, row % elements == 0 else {
      throw bytes.damaged("tensor \(name) of shape \(shape) has no whole blocks of \(elements) elements")
    }
    var size = width
    for count in shape.dropLast() + [row / elements] {
      let (product, overflow) = size.multipliedReportingOverflow(by: count)
      guard !overflow else { throw bytes.damaged("tensor \(name) has shape \(shape)") }
      size = product
    }
    guard start % UInt64(alignment) == 0 else {
      throw bytes.damaged("tensor \(name) begins at byte \(start), which is no multiple of \(alignment)")
    }
    guard size <= data.count, start <= UInt64(data.count - size) else {
      throw bytes.damaged(
        "tensor \(name) has \(size) bytes from byte \(start) on, but there are only \(data.count)")
    }
    return Int(start)..<Int(start) + size
  }

  private func checkOverlaps(_ bytes: GGUFBytes) throws {
    var end = 0
    var before = ""
    for (name, entry) in entries.sorted(by: {
      ($0.value.range.lowerBound, $0.key) < ($1.value.range.lowerBound, $1.key)
    }) {
      guard entry.range.lowerBound >= end else {
        throw bytes.damaged("the tensors \(before) and \(name) overlap")
      }
      (end, before) = (entry.range.upperBound, name)
    }
  }

  /// Converts elements of a tensor to float32; they begin and end with blocks.
  ///
  /// Shapes: to [elements].
  func copy(_ entry: Entry, elements: Range<Int>, to: Floats) {
    let (count, width) = entry.type.block
    let start = entry.range.lowerBound + elements.lowerBound / count * width
    let blocks = elements.count / count
    entry.type.dequantize(
      UnsafeRawBufferPointer(rebasing: data[start..<start + blocks * width]), blocks: blocks, to: to)
  }
}
