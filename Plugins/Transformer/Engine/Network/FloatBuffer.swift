internal import CTransformerKernels
internal import TransformerFiles

typealias Floats = UnsafeMutablePointer<Float>

/// Zeroed float storage, aligned for vectors, in huge pages where possible; committed when touched.
final class FloatBuffer {
  let base: Floats
  let count: Int

  /// - Parameter isSparse: whether most of it will never be touched.
  init(_ count: Int, isSparse: Bool = false) throws {
    guard let memory = tk_allocate(max(1, count) * MemoryLayout<Float>.stride, isSparse) else {
      throw TransformerError(
        .outOfMemory,
        "cannot allocate \(count * MemoryLayout<Float>.stride >> 20) MiB; use a smaller model or batch")
    }
    base = memory.bindMemory(to: Float.self, capacity: max(1, count))
    self.count = count
  }

  deinit { tk_release(base, max(1, count) * MemoryLayout<Float>.stride) }

  func zero() { base.update(repeating: 0, count: count) }
}

/// Hands out consecutive pieces of one buffer, each aligned to 64 bytes.
struct FloatCarver {
  private(set) var used = 0
  private let base: Floats?

  /// Without storage it only counts.
  ///
  /// Shapes: base [what will be carved].
  init(_ base: Floats? = nil) { self.base = base }

  /// A piece of `count` floats; nil while counting.
  mutating func carve(_ count: Int) -> Floats? {
    defer { used += (count + 15) / 16 * 16 }
    return base.map { $0 + used }
  }
}

/// Keeps released buffers, since fresh memory costs a page fault for every page.
final class BufferCache {
  private var kept: [FloatBuffer] = []

  /// Passes of different kinds alternate; each finds its own buffer again.
  private static let most = 3

  func take(_ count: Int) throws -> FloatBuffer {
    let fitting = kept.indices.filter { kept[$0].count >= count }.min { kept[$0].count < kept[$1].count }
    // Some more, so that the next pass, which is seldom of the same size, fits too; what is not touched costs nothing.
    guard let fitting else { return try FloatBuffer(count + count / 4) }
    return kept.remove(at: fitting)
  }

  func put(_ buffer: FloatBuffer) {
    kept.append(buffer)
    guard kept.count > Self.most, let smallest = kept.indices.min(by: { kept[$0].count < kept[$1].count })
    else {
      return
    }
    kept.remove(at: smallest)
  }
}
