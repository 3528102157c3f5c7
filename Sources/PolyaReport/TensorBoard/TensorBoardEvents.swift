/// Encodes scalars as records of a TensorBoard event file, ready to append.
///
/// A file has `fileHeader` once, followed by any number of scalar records, and its name must contain
/// `tfevents`. Each record is self-contained, so a file cut off by a crash loses only its last record.
///
/// - Note: Source: `event.proto` and `summary.proto` of TensorBoard, and TensorFlow's TFRecord format: length
///   as UInt64, masked CRC-32C of the length, payload, masked CRC-32C of the payload; little-endian.
package enum TensorBoardEvents {
  /// Returns the first record of a file, which states its version.
  ///
  /// - Parameter wallTime: Seconds since 1970.
  package static func fileHeader(wallTime: Double) -> [UInt8] {
    var event = ProtobufMessage()
    event.append(field: 1, double: wallTime)
    event.append(field: 3, bytes: Array("brain.Event:2".utf8))
    return record(event.bytes)
  }

  /// Returns a record of one scalar.
  ///
  /// - Parameters:
  ///  - tag: The name of the metric; a slash groups it, as in `reward/mean`.
  ///  - value: The value, stored as Float32. NaN and infinities are kept, since TensorBoard marks them.
  ///  - step: The training step; must not be negative.
  ///  - wallTime: Seconds since 1970.
  package static func scalar(tag: String, value: Double, step: Int, wallTime: Double) -> [UInt8] {
    precondition(step >= 0, "step \(step) is negative")
    var scalar = ProtobufMessage()
    scalar.append(field: 1, bytes: Array(tag.utf8))
    scalar.append(field: 2, float: Float(value))
    var summary = ProtobufMessage()
    summary.append(field: 1, bytes: scalar.bytes)
    var event = ProtobufMessage()
    event.append(field: 1, double: wallTime)
    // proto3 omits fields that have their default value, as the reference writers do.
    if step > 0 { event.append(field: 2, varint: UInt64(step)) }
    event.append(field: 5, bytes: summary.bytes)
    return record(event.bytes)
  }

  private static func record(_ payload: [UInt8]) -> [UInt8] {
    let length = UInt64(payload.count).littleEndianBytes
    return length + CRC32C.masked(length).littleEndianBytes + payload
      + CRC32C.masked(payload).littleEndianBytes
  }
}

/// A protocol buffer message, written field by field in ascending order of field numbers.
private struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  mutating func append(field: UInt64, varint: UInt64) {
    append(varint: field << 3)
    append(varint: varint)
  }

  mutating func append(field: UInt64, double: Double) {
    append(varint: field << 3 | 1)
    bytes += double.bitPattern.littleEndianBytes
  }

  mutating func append(field: UInt64, bytes content: [UInt8]) {
    append(varint: field << 3 | 2)
    append(varint: UInt64(content.count))
    bytes += content
  }

  mutating func append(field: UInt64, float: Float) {
    append(varint: field << 3 | 5)
    bytes += float.bitPattern.littleEndianBytes
  }

  private mutating func append(varint: UInt64) {
    var rest = varint
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

extension FixedWidthInteger where Self: UnsignedInteger {
  fileprivate var littleEndianBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) }
  }
}
