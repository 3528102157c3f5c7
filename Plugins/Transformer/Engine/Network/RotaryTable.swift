/// Cosines and sines of rotary angles: [positions, width / 2]. Grows with the longest sequence seen.
final class RotaryTable {
  private(set) var cosines, sines: FloatBuffer
  private var positions = 0
  private let frequencies: [Float]
  /// Elements of a head that are rotated.
  var width: Int { 2 * frequencies.count }
  private let magnitude: Double

  init(_ rotary: RotaryPositions, headSize: Int) throws {
    frequencies = rotary.frequencies(headSize: headSize)
    magnitude = rotary.magnitude
    cosines = try FloatBuffer(0)
    sines = try FloatBuffer(0)
  }

  /// Makes the table cover positions below `count`.
  func cover(_ count: Int) throws {
    guard count > positions else { return }
    let half = frequencies.count
    let capacity = max(count, 2 * positions)
    let cosines = try FloatBuffer(capacity * half)
    let sines = try FloatBuffer(capacity * half)
    for position in 0..<capacity {
      for (i, frequency) in frequencies.enumerated() {
        // Single precision here, as in transformers, whose checkpoints were trained with it.
        let angle = Double(Float(position) * frequency)
        cosines.base[position * half + i] = Float(cosine(angle) * magnitude)
        sines.base[position * half + i] = Float(sine(angle) * magnitude)
      }
    }
    (self.cosines, self.sines, positions) = (cosines, sines, capacity)
  }
}
