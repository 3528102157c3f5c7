internal import PolyaKit
internal import TransformerFiles

/// Writes float32 tensors in a given order, piece by piece, with a checksum of the data among the metadata.
struct SafetensorsWriter {
  static let checksumKey = "polya.checksum"

  private let file: FileWriter
  private let checksumAt: Int
  private var sums: [UInt64] = []
  private var sum = Checksum()

  init(
    _ path: String, _ tensors: [(name: String, dimensions: [Int])],
    metadata: [(key: String, value: String)] = []
  ) throws {
    file = try FileWriter(path)
    let extra = metadata.map { ",\(JSON.quoted($0.key)):\(JSON.quoted($0.value))" }.joined()
    var header = "{\"__metadata__\":{\"format\":\"pt\",\"\(Self.checksumKey)\":\""
    // Filled in when all data are written.
    checksumAt = 8 + header.utf8.count
    header += "\(String(repeating: "0", count: 16))\"\(extra)}"
    var offset = 0
    for tensor in tensors {
      let shape = tensor.dimensions.map(String.init).joined(separator: ",")
      let end = offset + 4 * tensor.dimensions.reduce(1, *)
      header += ",\(JSON.quoted(tensor.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],"
      header += "\"data_offsets\":[\(offset),\(end)]}"
      offset = end
    }
    header += "}"
    while header.utf8.count % 8 != 0 { header += " " }
    try withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { try file.write($0) }
    try Array(header.utf8).withUnsafeBytes { try file.write($0) }
  }

  /// A piece of the current tensor. All but a tensor's last have a multiple of 32 bytes.
  mutating func add(_ bytes: UnsafeRawBufferPointer) throws {
    sum.add(bytes)
    try file.write(bytes)
  }

  mutating func endTensor() {
    sums.append(sum.value)
    sum = Checksum()
  }

  func close() throws {
    try Array(Checksum.text(sums).utf8).withUnsafeBytes { try file.write($0, at: checksumAt) }
    try file.close()
  }
}
