internal import PolyaKit

import Foundation

@testable import TransformerEngine
@testable import TransformerFiles

/// A file of Golden/make_golden.py: what PyTorch computes for one tiny model.
struct GoldenFile {
  let shape: Shape
  let sequences: [ScoredSequence]
  let scale: Double
  private let arrays: [String: [Float]]

  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

  /// Of a Llama that is stored with its weights.
  init(_ name: String) throws {
    try self.init(url: Self.fixtures.appending(path: "llama-\(name).golden"))
  }

  init(url: URL) throws {
    let bytes = [UInt8](try Data(contentsOf: url))
    func word(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) } }
    guard bytes.starts(with: Array("PLYG".utf8)), word(4) == 1 else {
      throw TransformerError(.corrupt, "\(url.path) is no golden file of version 1; run make_golden.py")
    }
    let head = try JSON(parsing: Array(bytes[12..<12 + word(8)]), name: url.path)
    let data = bytes[(12 + word(8))...]
    func size(_ key: String) -> Int { head["sizes"]?[key]?.integer ?? 0 }
    shape = Shape(
      hidden: size("hidden_size"), layers: size("num_hidden_layers"), heads: size("num_attention_heads"),
      keyValueHeads: size("num_key_value_heads"), headSize: size("head_dim"),
      feedForward: size("intermediate_size"),
      vocabulary: size("vocab_size"), context: 64, tied: head["tied"]?.bool ?? false)
    scale = head["scale"]?.double ?? 0
    sequences = (head["sequences"]?.array ?? []).map { item in
      ScoredSequence(
        tokens: (item["ids"]?.array ?? []).compactMap { $0.integer.map(Int32.init) },
        from: item["from"]?.integer ?? 0,
        temperature: item["temperature"]?.double ?? 0)
    }
    var arrays: [String: [Float]] = [:]
    for item in head["arrays"]?.array ?? [] {
      let count = (item["shape"]?.array ?? []).reduce(1) { $0 * ($1.integer ?? 0) }
      let start = data.startIndex + 4 * (item["offset"]?.integer ?? 0)
      arrays[item["name"]?.string ?? ""] = (0..<count).map { index in
        Float(
          bitPattern: (0..<4).reduce(UInt32(0)) {
            $0 | UInt32(bytes[start + 4 * index + $1]) << (8 * UInt32($1))
          })
      }
    }
    self.arrays = arrays
  }

  subscript(name: String) -> [Float] { arrays[name] ?? [] }

  /// d loss / d output of each sequence.
  func gradients(_ batch: PackedBatch) -> [ScoreGradient] {
    batch.inputs.map {
      ScoreGradient(logprobs: Array(self["dlogprobs"][$0]), entropies: Array(self["dentropies"][$0]))
    }
  }

  /// A network with the file's weights.
  func network(kernels: Kernels = Kernels()) throws -> Network {
    let network = try Network(shape, kernels: kernels)
    for tensor in network.weights.layout.tensors {
      let values = self["weight:" + tensor.name]
      guard values.count == tensor.count else {
        throw TransformerError(.corrupt, "the golden file lacks \(tensor.name)")
      }
      for row in 0..<tensor.rows {
        network.weights.write(
          tensor, row: row, from: Array(values[row * tensor.columns..<(row + 1) * tensor.columns]))
      }
    }
    network.weights.valuesChanged()
    return network
  }
}

/// Largest difference, relative to the largest expected magnitude.
func relativeError(_ actual: [Float], _ expected: [Float]) -> Float {
  guard actual.count == expected.count else { return .infinity }
  let largest = expected.reduce(0) { max($0, abs($1)) }
  return zip(actual, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / max(largest, 1e-6)
}
