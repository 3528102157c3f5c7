/// The Castagnoli checksum that protects the records of an event file (RFC 3720, section 12.1 and appendix
/// B.4; reflected polynomial 0x82F63B78).
enum CRC32C {
  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var remainder = UInt32.max
    for byte in bytes {
      remainder = table[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)] ^ (remainder >> 8)
    }
    return ~remainder
  }

  /// Returns the rotated and offset checksum of the TFRecord format, since a CRC of data that contains CRCs
  /// is weak.
  static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let checksum = checksum(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { bits, _ in bits >> 1 ^ (bits & 1 == 1 ? 0x82F6_3B78 : 0) }
  }
}
