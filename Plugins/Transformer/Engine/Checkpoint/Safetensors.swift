internal import PolyaKit
internal import TransformerFiles

/// A safetensors file, mapped into memory, its header checked against its size.
///
/// Format: 8 bytes of header length, a JSON header of name, type, shape and offsets, then the data without gaps
/// (huggingface/safetensors, "Format").
final class SafetensorsFile {
  struct Entry { let dtype: String; let shape: [Int]; let range: Range<Int> }

  /// Bytes per element of the format's types.
  private static let widths = [
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "U16": 2, "I16": 2, "F16": 2,
    "BF16": 2, "U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8, "C64": 8,
  ]
  /// Types that are read; tensors of others may be there, but are of no use.
  private static let numbers = ["F32", "F16", "BF16", "F64"]

  let path: String
  private(set) var entries: [String: Entry] = [:]
  private(set) var metadata: [String: String] = [:]
  private let file: MappedFile
  private let dataStart: Int

  private var memory: UnsafeRawBufferPointer { file.bytes }
  /// What follows the header; offsets of entries count from here.
  var data: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[dataStart...]) }

  init(_ path: String) throws {
    self.path = path
    file = try MappedFile(path)
    dataStart = try Self.headerEnd(file.bytes, path)
    try readHeader()
  }

  private static func headerEnd(_ memory: UnsafeRawBufferPointer, _ path: String) throws -> Int {
    if let impostor = File.impostor(memory.prefix(64)) {
      throw TransformerError(.corrupt, "\(path) \(impostor)")
    }
    guard memory.count >= 8 else {
      throw TransformerError(
        .corrupt, "\(path) has \(memory.count) bytes, too few for a safetensors file; copy it again")
    }
    let length = UInt64(littleEndian: memory.loadUnaligned(as: UInt64.self))
    guard length >= 2, length <= 100_000_000, length <= UInt64(memory.count - 8) else {
      throw TransformerError(
        .corrupt,
        "\(path) says its header has \(length) bytes, but the file has \(memory.count); it is damaged, copy it again"
      )
    }
    return 8 + Int(length)
  }

  private func readHeader() throws {
    let header = try JSON(parsing: Array(memory[8..<dataStart]), name: "the header of \(path)")
    guard let members = header.members else { throw damaged("its header is not an object") }
    for (name, value) in members {
      if name == "__metadata__" {
        for (key, text) in value.members ?? [] { metadata[key] = text.string }
        continue
      }
      guard entries[name] == nil else { throw damaged("tensor \(name) is listed twice") }
      entries[name] = try entry(name, value)
    }
    try checkCover()
  }

  private func damaged(_ what: String) -> TransformerError {
    TransformerError(.corrupt, "\(path) is damaged: \(what); copy it again")
  }

  private func entry(_ name: String, _ value: JSON) throws -> Entry {
    guard let dtype = value["dtype"]?.string, let shape = value["shape"]?.array?.map(\.integer),
      let offsets = value["data_offsets"]?.array?.map(\.integer), offsets.count == 2, let start = offsets[0],
      let end = offsets[1], !shape.contains(nil)
    else { throw damaged("tensor \(name) lacks its type, shape or offsets") }
    let sizes = shape.compactMap { $0 }
    guard let width = Self.widths[dtype] else {
      throw TransformerError(
        .unsupported,
        "tensor \(name) in \(path) has type \(dtype), which this engine does not know; store the model in F32, F16 or BF16"
      )
    }
    var bytes = width
    for size in sizes {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { throw damaged("tensor \(name) has shape \(sizes)") }
      bytes = product
    }
    guard start >= 0, end >= start, end <= data.count, end - start == bytes else {
      throw damaged(
        "tensor \(name) of shape \(sizes) is stored at \(start)..<\(end) of \(data.count) bytes, but needs \(bytes) bytes"
      )
    }
    return Entry(dtype: dtype, shape: sizes, range: start..<end)
  }

  /// The tensors must fill the data exactly: neither gaps, nor overlaps, nor a tail.
  private func checkCover() throws {
    var end = 0
    for (name, entry) in entries.sorted(by: {
      ($0.value.range.lowerBound, $0.key) < ($1.value.range.lowerBound, $1.key)
    }) {
      guard entry.range.lowerBound == end else {
        throw damaged("tensor \(name) begins at byte \(entry.range.lowerBound), not at \(end)")
      }
      end = entry.range.upperBound
    }
    guard end == data.count else { throw damaged("its tensors end at byte \(end) of \(data.count)") }
  }

  /// nil when the file has no such tensor.
  func tensor(_ name: String) throws -> StoredTensor? {
    guard let entry = entries[name] else { return nil }
    try requireNumbers(entry, name)
    return StoredTensor(
      path: path, name: name, shape: entry.shape, type: entry.dtype,
      bytes: UnsafeRawBufferPointer(rebasing: data[entry.range])
    ) { self.copy(entry, elements: $0 * $1..<($0 + 1) * $1, to: $2) }
  }

  /// Whether a tensor holds truth values or whole numbers: masks and counts, never weights that this engine reads.
  func isBuffer(_ name: String) -> Bool {
    guard let dtype = entries[name]?.dtype else { return false }
    return dtype == "BOOL" || dtype.hasPrefix("U") || dtype.hasPrefix("I")
  }

  /// Refuses a tensor that ``copy(_:elements:to:)`` cannot read.
  func requireNumbers(_ entry: Entry, _ name: String) throws {
    guard Self.numbers.contains(entry.dtype) else {
      throw TransformerError(
        .unsupported,
        "tensor \(name) in \(path) has type \(entry.dtype), as in quantized models; this engine reads F32, F16, BF16 and F64, so use the model as it was before"
      )
    }
  }

  /// Converts some elements of a tensor to float32, whose type ``requireNumbers(_:_:)`` has checked.
  ///
  /// Shapes: to [elements].
  func copy(_ entry: Entry, elements: Range<Int>, to: Floats) {
    let width = Self.widths[entry.dtype] ?? 2
    let start = entry.range.lowerBound + elements.lowerBound * width
    let bytes = UnsafeRawBufferPointer(rebasing: data[start..<start + elements.count * width])
    switch entry.dtype {
    case "F32":
      UnsafeMutableRawPointer(to).copyMemory(
        from: bytes.baseAddress ?? UnsafeRawPointer(to), byteCount: bytes.count)
    case "F16":
      for i in 0..<elements.count {
        to[i] = Float(binary16: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
      }
    case "F64":
      for i in 0..<elements.count {
        to[i] = Float(Double(bitPattern: bytes.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self)))
      }
    default:
      for i in 0..<elements.count {
        to[i] = Float(brain16: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
      }
    }
  }

  /// Refuses data that differs from what was written; files of other programs carry no sum.
  func verifyChecksum() throws {
    guard let expected = metadata[SafetensorsWriter.checksumKey] else { return }
    let order = entries.sorted { $0.value.range.lowerBound < $1.value.range.lowerBound }
    let actual = Checksum.text(
      order.map { Checksum.of(UnsafeRawBufferPointer(rebasing: data[$0.value.range])) })
    guard actual == expected else {
      throw damaged("the checksum of its weights is \(actual), but the header says \(expected)")
    }
  }
}
