import PolyaKit
import Testing

@testable import Transformer
@testable import TransformerEngine
@testable import TransformerFiles
@testable import TransformerTokenizer

@Suite("Options of the plugin")
struct ModelOptionsTests {
  private func options(_ given: [String: OptionValues.Value]) throws -> ModelOptions {
    let absent = Dictionary(
      uniqueKeysWithValues: ModelOptions.declared.map { ($0.key, OptionValues.Value.absent) })
    return try ModelOptions(OptionValues(absent.merging(given) { $1 }))
  }

  private let sizes: [String: OptionValues.Value] = [
    "shape": .text("custom"), "hidden": .integer(24), "layers": .integer(1), "heads": .integer(2),
    "key-value-heads": .integer(1), "feed-forward": .integer(40),
  ]

  @Test("nothing given is the tiny shape over bytes")
  func defaults() throws {
    let model = try options([:]).model(defaultSeed: 3)
    #expect(model.shape == .tiny(vocabulary: 258))
    #expect(
      try model.weights
        == TransformerModel(shape: .tiny(vocabulary: 258), tokenizer: .bytes(), seed: 3).weights)
  }

  @Test("a model says whether it has a chat template")
  func templates() throws {
    #expect(try !options([:]).model(defaultSeed: 3).hasTemplate)
    #expect(try options(["chat-template": .text("chatml")]).model(defaultSeed: 3).hasTemplate)
  }

  @Test("every number reaches the shape")
  func custom() throws {
    let more: [String: OptionValues.Value] = [
      "vocabulary": .integer(300), "context": .integer(77), "head-size": .integer(6),
      "rope-theta": .real(500),
      "norm-epsilon": .real(1e-3), "tied": .bool(false), "seed": .integer(9),
    ]
    let model = try options(sizes.merging(more) { $1 }).model(defaultSeed: 3)
    let expected = Shape(
      hidden: 24, layers: 1, heads: 2, keyValueHeads: 1, headSize: 6, feedForward: 40, vocabulary: 300,
      context: 77,
      rotaryBase: 500, normEpsilon: 1e-3, tied: false)
    #expect(model.shape == expected)
    #expect(try model.weights == TransformerModel(shape: expected, tokenizer: .bytes(), seed: 9).weights)
  }

  @Test("options that contradict each other are refused by name")
  func contradictions() throws {
    let cases: [([String: OptionValues.Value], String)] = [
      (["hidden": .integer(64)], "hidden"), (["shape": .text("small"), "layers": .integer(2)], "layers"),
      (["folder": .text("/x"), "shape": .text("tiny")], "shape"),
      (["folder": .text("/x"), "seed": .integer(1)], "seed"),
      (["tokenizer": .text("/a"), "learn-tokenizer": .text("/b")], "tokenizer"),
    ]
    for (given, name) in cases {
      let failure = #expect(throws: Failure.self) { try options(given) }
      #expect(failure?.code == .badOption && failure?.message.contains(name) == true)
    }
    for key in sizes.keys where key != "shape" {
      var fewer = sizes
      fewer[key] = nil
      let failure = #expect(throws: Failure.self) { try options(fewer).model(defaultSeed: 0) }
      #expect(failure?.message.contains(key) == true)
    }
    #expect(throws: TransformerError.self) {
      try options(sizes.merging(["key-value-heads": .integer(3)]) { $1 }).model(defaultSeed: 0)
    }
    #expect(throws: TransformerError.self) {
      try options(["vocabulary": .integer(100)]).model(defaultSeed: 0)
    }
  }
}
