/// Blocks as float32, by the formulas of ggml (ggml-quants.c, `dequantize_row_*`): each product and each sum is rounded
/// for itself, so that the bits are those of the package `gguf`.
extension GGUFType {
  /// - Parameter bytes: whole blocks.
  ///
  /// Shapes: to [blocks * elements of a block].
  func dequantize(_ bytes: UnsafeRawBufferPointer, blocks: Int, to: Floats) {
    guard let base = bytes.baseAddress else { return }
    let (elements, width) = block
    if self == .f32 { return UnsafeMutableRawPointer(to).copyMemory(from: base, byteCount: blocks * width) }
    for index in 0..<blocks {
      let block = GGUFBlock(base: base + index * width)
      let to = to + index * elements
      switch self {
      case .f32: break
      case .f16: to[0] = block.half(0)
      case .bf16: to[0] = Float(brain16: block.word(0))
      case .q4_0: block.fours(scale: block.half(0), at: 2, to: to) { Float($0 - 8) }
      case .q4_1: block.fours(scale: block.half(0), minimum: block.half(2), at: 4, to: to)
      case .q5_0: block.fives(scale: block.half(0), high: 2, at: 6, to: to) { Float($0 - 16) }
      case .q5_1: block.fives(scale: block.half(0), minimum: block.half(2), high: 4, at: 8, to: to)
      case .q8_0: block.eights(to: to)
      case .q4_K: block.superblock(high: nil, at: 16, to: to)
      case .q5_K: block.superblock(high: 16, at: 48, to: to)
      case .q6_K: block.sixes(to: to)
      }
    }
  }
}

/// One block, in the layout that its type has.
private struct GGUFBlock {
  let base: UnsafeRawPointer

  func byte(_ at: Int) -> Int32 { Int32(base.load(fromByteOffset: at, as: UInt8.self)) }
  func signed(_ at: Int) -> Float { Float(base.load(fromByteOffset: at, as: Int8.self)) }
  func word(_ at: Int) -> UInt16 {
    UInt16(littleEndian: base.loadUnaligned(fromByteOffset: at, as: UInt16.self))
  }
  func half(_ at: Int) -> Float { Float(binary16: word(at)) }

  /// 32 values of 4 bits: the lower halves of 16 bytes, then the upper ones.
  func fours(scale: Float, at: Int, to: Floats, _ centered: (Int32) -> Float) {
    for i in 0..<16 {
      let pair = byte(at + i)
      to[i] = scale * centered(pair & 15)
      to[i + 16] = scale * centered(pair >> 4)
    }
  }

  func fours(scale: Float, minimum: Float, at: Int, to: Floats) {
    for i in 0..<16 {
      let pair = byte(at + i)
      to[i] = scale * Float(pair & 15) + minimum
      to[i + 16] = scale * Float(pair >> 4) + minimum
    }
  }

  /// The same with a fifth bit each, from 4 bytes at `high`.
  func fives(scale: Float, high: Int, at: Int, to: Floats, _ centered: (Int32) -> Float) {
    for i in 0..<32 { to[i] = scale * centered(five(i, high, at)) }
  }

  func fives(scale: Float, minimum: Float, high: Int, at: Int, to: Floats) {
    for i in 0..<32 { to[i] = scale * Float(five(i, high, at)) + minimum }
  }

  private func five(_ i: Int, _ high: Int, _ at: Int) -> Int32 {
    let low = i < 16 ? byte(at + i) & 15 : byte(at + i - 16) >> 4
    return low | (byte(high + i / 8) >> Int32(i % 8) & 1) << 4
  }

  func eights(to: Floats) {
    let scale = half(0)
    for i in 0..<32 { to[i] = signed(2 + i) * scale }
  }

  /// 8 groups of 32 values of 4 bits, each with a scale and a minimum of 6 bits; of 5 bits where `high` is given.
  func superblock(high: Int?, at: Int, to: Floats) {
    let (scale, minimum) = (half(0), half(2))
    for group in 0..<8 {
      let (factor, offset) = scaleAndMinimum(group)
      let (d, m) = (scale * Float(factor), minimum * Float(offset))
      let shift = Int32(group % 2 * 4)
      for i in 0..<32 {
        var value = byte(at + group / 2 * 32 + i) >> shift & 15
        if let high { value |= (byte(high + i) >> Int32(group) & 1) << 4 }
        to[group * 32 + i] = d * Float(value) - m
      }
    }
  }

  /// 12 bytes from byte 4 on: the lower 6 bits of the first 8 are those of groups 0 to 3; the others are put together
  /// from the last 4 bytes and the upper 2 bits of the first 8.
  private func scaleAndMinimum(_ group: Int) -> (Int32, Int32) {
    guard group >= 4 else { return (byte(4 + group) & 63, byte(8 + group) & 63) }
    let low = byte(8 + group)
    return (low & 15 | (byte(group) >> 6) << 4, low >> 4 | (byte(4 + group) >> 6) << 4)
  }

  /// 16 groups of 16 values of 6 bits, each with a signed scale.
  func sixes(to: Floats) {
    let scale = half(208)
    for run in 0..<8 {
      let (part, quarter) = (run / 4, run % 4)
      for i in 0..<32 {
        let low = byte(part * 64 + quarter % 2 * 32 + i) >> Int32(quarter / 2 * 4) & 15
        let high = byte(128 + part * 32 + i) >> Int32(quarter * 2) & 3
        let d = scale * signed(192 + run * 2 + i / 16)
        to[run * 32 + i] = d * Float((low | high << 4) - 32)
      }
    }
  }
}
