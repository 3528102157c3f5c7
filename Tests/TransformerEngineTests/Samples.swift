import Foundation
@testable import TransformerEngine
@testable import TransformerTokenizer

/// Inputs that are the same in every run.
struct Samples {
  private let random: Philox

  init(_ seed: UInt64) { random = Philox(seed: seed) }

  func uniform(_ index: Int) -> Double { random.uniform(UInt64(index), stream: 0) }

  func tokens(_ count: Int, below vocabulary: Int, stream: Int = 0) -> [Int32] {
    (0..<count).map { Int32(random.uniform(UInt64($0), stream: UInt64(stream)) * Double(vocabulary)) }
  }

  func normals(_ count: Int, stream: Int = 0) -> [Float] {
    (0..<count).map { Float(random.normals(UInt64($0), stream: UInt64(stream)).0) }
  }

  /// Sequences of odd lengths, scored from odd places.
  func sequences(_ count: Int, below vocabulary: Int, longest: Int = 40) -> [ScoredSequence] {
    (0..<count).map { index in
      let length = 2 + Int(uniform(1000 + index) * Double(longest - 2))
      let from = 1 + Int(uniform(2000 + index) * Double(length - 1))
      return ScoredSequence(
        tokens: tokens(length, below: vocabulary, stream: index + 1), from: from,
        temperature: index % 3 == 0 ? 0.8 : 1)
    }
  }
}

extension Shape {
  /// Small, with widths that are no multiples of anything.
  static let odd = Shape(
    hidden: 52, layers: 3, heads: 6, keyValueHeads: 3, headSize: 10, feedForward: 75, vocabulary: 261,
    context: 128)
}

extension Shape {
  /// The same as far as bf16 allows.
  static let even = Shape(
    hidden: 54, layers: 3, heads: 6, keyValueHeads: 3, headSize: 10, feedForward: 74, vocabulary: 261,
    context: 128)
}

/// A model with the byte tokenizer, whose distributions are far from flat.
func randomModel(
  _ shape: Shape = .odd, seed: UInt64 = 7, products: MatrixProducts? = nil, precision: Precision = .float32
) throws
  -> TransformerModel
{
  try TransformerModel(
    shape: shape, tokenizer: .bytes(), seed: seed, training: TrainingMode(), products: products,
    precision: precision
  )
}

/// Calls `body` with a fresh folder, which goes afterwards.
func withFolder(_ body: (String) throws -> Void) throws {
  let url = FileManager.default.temporaryDirectory.appending(path: "polya-transformer-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: url) }
  try body(url.path)
}
