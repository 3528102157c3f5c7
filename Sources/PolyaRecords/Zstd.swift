internal import CZstd
internal import PolyaCore

/// One frame of zstd (RFC 8878) with a content checksum, so that a flipped bit is noticed.
enum Zstd {
  /// Level 3 is zstd's own default: generation is never limited by it.
  private static let level: Int32 = 3

  static func compress(_ bytes: [UInt8]) throws -> [UInt8] {
    guard let context = ZSTD_createCCtx() else { throw PolyaError(.file, "no memory to compress a shard") }
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    var packed = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
    let count = ZSTD_compress2(context, &packed, packed.count, bytes, bytes.count)
    guard ZSTD_isError(count) == 0 else { throw PolyaError(.file, "cannot compress a shard: \(name(count))") }
    return Array(packed[..<count])
  }

  /// - Parameter limit: an upper bound of the result; a larger one is refused.
  static func decompress(_ packed: [UInt8], at place: String, limit: Int = 1 << 31) throws -> [UInt8] {
    guard let context = ZSTD_createDCtx() else { throw PolyaError(.file, "no memory to read a shard") }
    defer { ZSTD_freeDCtx(context) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    var remaining = 1
    try packed.withUnsafeBytes { source in
      var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
      while input.pos < input.size {
        let written = try chunk.withUnsafeMutableBytes { target in
          var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
          remaining = ZSTD_decompressStream(context, &output, &input)
          guard ZSTD_isError(remaining) == 0 else {
            throw PolyaError(
              .corrupt, "is damaged: \(name(remaining))", at: place,
              cure: "delete its stage folder and run again")
          }
          return output.pos
        }
        bytes += chunk[..<written]
        guard bytes.count <= limit else {
          throw PolyaError(.corrupt, "unpacks to more than \(limit) bytes", at: place)
        }
      }
      while remaining != 0 {
        let before = bytes.count
        let written = try chunk.withUnsafeMutableBytes { target in
          var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
          remaining = ZSTD_decompressStream(context, &output, &input)
          guard ZSTD_isError(remaining) == 0 else {
            throw PolyaError(.corrupt, "is damaged: \(name(remaining))", at: place)
          }
          return output.pos
        }
        bytes += chunk[..<written]
        guard remaining == 0 || bytes.count > before else {
          throw PolyaError(
            .corrupt, "is cut short: the compressed frame has no end", at: place,
            cure: "delete its stage folder and run again")
        }
      }
    }
    return bytes
  }

  private static func name(_ code: Int) -> String { String(cString: ZSTD_getErrorName(code)) }
}
