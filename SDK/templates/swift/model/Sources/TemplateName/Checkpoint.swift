import Glibc
import PolyaKit

/// The checkpoint: a magic word, a checksum, the weights, in little-endian order.
enum Checkpoint {
  private static let magic = Array("bigram1\0".utf8)

  static func write(_ weights: [Float], to folder: String) throws {
    let body = weights.flatMap { bytes(of: $0.bitPattern) }
    let file = magic + bytes(of: checksum(body)) + body
    let path = folder + "/weights.bin"
    guard let stream = fopen(path, "wxb") else { throw failure(.io, "cannot be created", path) }
    let written = fwrite(file, 1, file.count, stream)
    guard fclose(stream) == 0, written == file.count else { throw failure(.io, "cannot be written", path) }
  }

  static func read(_ folder: String) throws -> [Float] {
    let path = folder + "/weights.bin"
    guard let stream = fopen(path, "rb") else {
      throw failure(errno == ENOENT ? .notFound : .io, "cannot be opened", path)
    }
    defer { fclose(stream) }
    // One byte more than there should be, to notice a file that is too long.
    var file = [UInt8](repeating: 0, count: 16 + 4 * Bigrams.count + 1)
    let size = fread(&file, 1, file.count, stream)
    let body = Array(file[16..<file.count - 1])
    guard size == file.count - 1, file[..<8].elementsEqual(magic),
      file[8..<16].elementsEqual(bytes(of: checksum(body)))
    else { throw Failure(.corrupt, "\(path) is not whole: take another checkpoint") }
    return stride(from: 0, to: body.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(body[start + $1]) << UInt32(8 * $1) })
    }
  }

  /// FNV-1a of 64 bits: a flipped bit must not become a model.
  private static func checksum(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  private static func bytes<Number: FixedWidthInteger>(of number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
  }

  private static func failure(_ code: Failure.Code, _ what: String, _ path: String) -> Failure {
    Failure(code, "\(path) \(what): \(String(cString: strerror(errno)))")
  }
}
