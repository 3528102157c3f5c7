/// Cosines and sines of all rotary angles: position / base^(2i / head size), i below half a head.
final class RotaryTable {
  let cosines, sines: FloatBuffer

  init(_ shape: Shape) throws {
    let half = shape.headSize / 2
    cosines = try FloatBuffer(shape.context * half)
    sines = try FloatBuffer(shape.context * half)
    for i in 0..<half {
      // Single precision here, as in transformers, whose checkpoints were trained with it.
      let frequency = Float(1 / power(shape.rotaryBase, Double(2 * i) / Double(shape.headSize)))
      for position in 0..<shape.context {
        let angle = Double(Float(position) * frequency)
        cosines.base[position * half + i] = Float(cosine(angle))
        sines.base[position * half + i] = Float(sine(angle))
      }
    }
  }
}
