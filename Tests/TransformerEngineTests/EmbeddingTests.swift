import Foundation
import Testing

@testable import TransformerEngine

@Suite("Embeddings")
struct EmbeddingTests {
  private let model: TransformerModel

  init() throws { model = try randomModel() }

  /// Log-probs of all next tokens after a hidden state, by the definition of the head.
  private func logprobs(after hidden: [Double]) throws -> [Double] {
    let network = model.network
    let w = network.widths
    let head = try #require(network.layout.tensors.first { $0.offset == network.layout.unembedding })
    var line = [Float](repeating: 0, count: w.hidden)
    let logits = (0..<w.vocabulary).map { token in
      network.weights.read(head, row: token, into: &line)
      return zip(hidden, line).reduce(0.0) { $0 + $1.0 * Double($1.1) }
    }
    let most = logits.max() ?? 0
    let total = most + log(logits.reduce(0) { $0 + exp($1 - most) })
    return logits.map { $0 - total }
  }

  private func expectClose(_ hidden: [Double], after prefix: [Int32]) throws {
    let vocabulary = Int32(model.shape.vocabulary)
    let scored = try model.score(
      (0..<vocabulary).map { ScoredSequence(tokens: prefix + [$0], from: prefix.count) }, threads: 2)
    for (expected, score) in zip(try logprobs(after: hidden), scored) {
      #expect(abs(expected - Double(score.logprobs[0])) < 1e-4)
    }
  }

  /// The head turns what is embedded into the log-probs that the model gives: of one token its hidden state, of two the
  /// mean of both.
  @Test func theyAreTheMeanOfWhatTheHeadSees() throws {
    let (a, b): (Int32, Int32) = (5, 9)
    let both = try model.embed([[a], [a, b]], threads: 2)
    let first = both[0].map(Double.init)
    let second = zip(both[1], both[0]).map { 2 * Double($0) - Double($1) }
    try expectClose(first, after: [a])
    try expectClose(second, after: [a, b])
  }

  @Test func theyDependOnTheTextAlone() throws {
    let texts: [[Int32]] = (1..<40).map { length in (0..<Int32(length)).map { ($0 * 7 + 3) % 11 } }
    let together = try model.embed(texts, threads: 2)
    #expect(together == (try model.embed(texts, threads: 1)))
    for (text, vector) in zip(texts, together) { #expect(try model.embed([text], threads: 1)[0] == vector) }
    #expect(throws: (any Error).self) { try model.embed([[]], threads: 1) }
  }
}
