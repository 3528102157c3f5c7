internal import CZstd
internal import PolyaCore

/// Compresses into zstd frames (RFC 8878). Each has a checksum, so that a flipped bit is detected and affects
/// only its frame.
enum Zstd {
  /// The default level of zstd, which is fast enough to never limit generation.
  private static let level: Int32 = 3

  /// Returns one frame per part of the bytes, concatenated.
  static func compress(_ bytes: [UInt8], in parts: [Range<Int>]) throws -> [UInt8] {
    guard let context = ZSTD_createCCtx() else { throw PolyaError(.file, "no memory to compress a shard") }
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    var packed: [UInt8] = []
    var frame: [UInt8] = []
    for part in parts {
      let bound = ZSTD_compressBound(part.count)
      if frame.count < bound { frame = [UInt8](repeating: 0, count: bound) }
      let count = bytes[part].withUnsafeBytes {
        ZSTD_compress2(context, &frame, frame.count, $0.baseAddress, $0.count)
      }
      guard ZSTD_isError(count) == 0 else {
        throw PolyaError(.file, "cannot compress a shard: \(String(cString: ZSTD_getErrorName(count)))")
      }
      packed += frame[..<count]
    }
    return packed
  }
}

/// Decompresses a file of zstd frames in bounded chunks.
final class ZstdReader {
  private let stream: ByteStream
  private let context: OpaquePointer
  private var packed: [UInt8] = []
  /// The number of bytes of `packed` that are consumed, and the offset of `packed` in the file.
  private var used = 0
  private var offset = 0
  private var frame = 1
  private var isInside = false

  /// The frame size, in bytes, above which contents are returned before their checksum is verified. Only
  /// other tools write such frames.
  private static let largestFrame = 16 << 20
  private static let step = 1 << 18

  /// The number of compressed bytes read so far.
  var storedBytes: Int { offset + packed.count }

  init(_ stream: ByteStream) throws {
    self.stream = stream
    guard let context = ZSTD_createDCtx() else { throw PolyaError(.file, "no memory to read a shard") }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// Returns the contents of the next frame, or nil at the end.
  ///
  /// - Throws: `corrupt` with the frame and byte. Everything returned before is intact.
  func next() throws -> [UInt8]? {
    var bytes: [UInt8] = []
    while true {
      if used == packed.count {
        offset += used
        (packed, used) = (try stream.read(upTo: Self.step), 0)
      }
      guard offset > 0 || !packed.isEmpty else { throw damage("is empty: frame 1 is missing") }
      guard !packed.isEmpty || isInside else { return nil }
      let (left, written) = try unpack(into: &bytes)
      if left == 0 {
        (frame, isInside) = (frame + 1, false)
        return bytes
      }
      isInside = true
      guard !packed.isEmpty || written > 0 else {
        throw damage("is cut short: frame \(frame) has no end")
      }
      if bytes.count >= Self.largestFrame { return bytes }
    }
  }

  /// Decompresses one chunk. `left` is 0 at the end of a frame.
  private func unpack(into bytes: inout [UInt8]) throws -> (left: Int, written: Int) {
    var left = 0
    let before = bytes.count
    let room = max(Self.step, before)
    bytes += repeatElement(0, count: room)
    let written = packed[used...].withUnsafeBytes { source in
      bytes.withUnsafeMutableBytes { target in
        var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: before)
        left = ZSTD_decompressStream(context, &output, &input)
        used += input.pos
        return output.pos - before
      }
    }
    bytes.removeLast(room - written)
    guard ZSTD_isError(left) == 0 else {
      throw damage("is damaged in frame \(frame): \(String(cString: ZSTD_getErrorName(left)))")
    }
    return (left, written)
  }

  private func damage(_ what: String) -> PolyaError {
    PolyaError(
      .corrupt, "\(what), near byte \(offset + used)", at: stream.name,
      hint:
        "the records before that byte are readable; get the file again, or delete the stage's folder if it is a shard"
    )
  }
}
