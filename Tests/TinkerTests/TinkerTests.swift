import Foundation
import PolyaKit
import PolyaTestSupport
import Testing

@testable import Tinker

/// Against a server with a model of bigrams, made to differ as servers do.
@Suite("A Tinker server")
struct TinkerTests {
  private func options(_ url: String) throws -> TinkerOptions {
    let values: [String: OptionValues.Value] = [
      "url": .text(url), "model": .text("bigrams"), "folder": .text("/nowhere"), "lora-rank": .integer(4),
      "concurrency": .integer(8), "timeout": .real(30), "key-env": .absent, "key-file": .absent,
      "export": .bool(false),
    ]
    return try TinkerOptions(OptionValues(values))
  }

  private func model(_ arguments: [String] = []) throws -> (TinkerModel, StandInServer) {
    let server = try StandInServer("tinker_server.py", arguments)
    let session = try TinkerSession(options(server.url + "/")) { false }
    let model = TinkerModel(session, base: "bigrams", rank: 4)
    try model.create(seed: 1) { false }
    return (model, server)
  }

  private static let text = (0..<30).map { Int32(($0 * 37 + 11) % 290) }

  @Test(
    "what it divides gradients by is measured",
    arguments: [
      ([], Normalization.Batch.nothing, false, false), (["--clips"], .nothing, false, true),
      (["--batch", "sequences"], .sequences, false, false), (["--batch", "tokens"], .tokens, false, false),
      (["--by-length"], .nothing, true, false),
      (["--batch", "sequences", "--by-length", "--clips"], .sequences, true, true),
    ])
  func normalization(_ arguments: [String], _ batch: Normalization.Batch, _ byLength: Bool, _ clips: Bool)
    throws
  {
    let (model, server) = try model(arguments)
    let (found, seen) = try GradientProbe(model, Self.text) { false }.measure()
    #expect(found == Normalization(batch: batch, byLength: byLength, clips: clips), "\(seen)")
    withExtendedLifetime(server) {}
  }

  @Test(
    "gradients of another loss are refused with what was seen",
    arguments: [
      (["--sign", "-1"], "its sign is wrong"), (["--cap", "1"], "not proportional to the advantages"),
    ])
  func wrongGradients(_ arguments: [String], _ sentence: String) throws {
    let (model, server) = try model(arguments)
    let failure = #expect(throws: Failure.self) { try GradientProbe(model, Self.text) { false }.measure() }
    #expect(
      failure?.message.contains(sentence) == true && failure?.message.contains("moved") == true,
      "\(failure as Any)")
    withExtendedLifetime(server) {}
  }

  /// The derivative of -sum(advantage * log-prob) of bigrams in closed form: an epsilon far above the gradients makes a step
  /// of Adam one of gradient descent, so each server must arrive at the same weights.
  @Test(
    "a step is that of the loss, whatever it divides by",
    arguments: [[], ["--batch", "sequences", "--by-length"], ["--batch", "tokens"]])
  func steps(_ arguments: [String]) throws {
    let (model, server) = try model(arguments)
    let normalization = Normalization(
      batch: arguments.contains("tokens") ? .tokens : arguments.contains("sequences") ? .sequences : .nothing,
      byLength: arguments.contains("--by-length"), clips: false)
    // One sequence of one target, one longer one of which only the last two targets count.
    let sequences: [[Int32]] = [[5, 6], [7, 8, 9, 10]]
    let before = try model.logprobs(sequences) { false }
    let gradients: [[Float]] = [[-0.5], [0.25, -1]]
    let parts = sequences.indices.map {
      TinkerModel.Contribution(
        tokens: sequences[$0], from: sequences[$0].count - gradients[$0].count, logprobs: before[$0],
        gradient: gradients[$0])
    }
    let (rate, epsilon) = (1e3, 1e6)
    let report = try model.step(
      parts, OptimizerStep(learningRate: rate, beta1: 0, beta2: 0, epsilon: epsilon, clipNorm: 0),
      normalization
    ) { false }
    let after = try model.logprobs(sequences) { false }
    // Each row of weights is met once: z_t moves by -(rate / epsilon) g (1 - p_t), the others by (rate / epsilon) g p_j.
    // To first order, log p_t moves by -(rate / epsilon) g |d log p_t / d z|^2.
    #expect(after[1][0] == before[1][0], "a target that does not count")
    var squares = 0.0
    for (row, targets) in [(0, [0]), (1, [1, 2])] {
      for (place, target) in targets.enumerated() {
        let moved = Double(after[row][target] - before[row][target])
        let gradient = Double(gradients[row][place])
        #expect((moved > 0) == (gradient < 0))
        let norm = -moved / (rate / epsilon * gradient)
        #expect(norm > 0.9 && norm < 1.1, "1 - 2 p + sum p^2 of a flat distribution: \(norm)")
        squares += gradient * gradient * norm
      }
    }
    let norm = try #require(report["metrics"]?["grad_norm"]?.double)
    #expect(abs(norm - squares.squareRoot()) < 0.02 * norm, "the norm is that of the loss itself")
    withExtendedLifetime(server) {}
  }

  @Test("a sampler that keeps old weights is caught within one step", arguments: [false, true])
  func stale(_ isStale: Bool) throws {
    let (model, server) = try model(isStale ? ["--stale"] : [])
    var watch = SamplerWatch(Array(Self.text.prefix(20)))
    #expect(try watch.check(model, model.samplerWeights { false }) { false } ?? 1 < 1e-6)
    let logprobs = try model.logprobs([Self.text]) { false }[0]
    _ = try model.step(
      [.init(tokens: Self.text, from: 1, logprobs: logprobs, gradient: logprobs.map { _ in -1 })],
      OptimizerStep(learningRate: 0.01, clipNorm: 0), .none
    ) { false }
    if isStale {
      let failure = #expect(throws: Failure.self) {
        try watch.check(model, model.samplerWeights { false }) { false }
      }
      #expect(failure?.message.contains("weights from before the last step") == true, "\(failure as Any)")
    } else {
      #expect(try watch.check(model, model.samplerWeights { false }) { false } ?? 1 < 1e-6)
    }
    withExtendedLifetime(server) {}
  }

  @Test("moments of an earlier training are forgotten")
  func forgets() throws {
    func train(_ model: TinkerModel, _ sign: Float, rate: Double) throws {
      let logprobs = try model.logprobs([Self.text]) { false }[0]
      _ = try model.step(
        [.init(tokens: Self.text, from: 1, logprobs: logprobs, gradient: logprobs.map { _ in -sign })],
        OptimizerStep(learningRate: rate, clipNorm: 0), .none
      ) { false }
    }
    let (model, server) = try model()
    try train(model, -1, rate: 0)
    try train(model, -1, rate: 0)
    try model.forgetMoments(Self.text, .none) { false }
    #expect(model.steps == 0)
    let before = try model.logprobs([Self.text]) { false }[0].reduce(0, +)
    try train(model, 1, rate: 0.01)
    #expect(try model.logprobs([Self.text]) { false }[0].reduce(0, +) > before + 0.05)
    withExtendedLifetime(server) {}
  }

  @Test("a server that is not there, or is none, is named with the cure")
  func absent() throws {
    func failure(_ url: String) -> Failure? {
      #expect(throws: Failure.self) { try TinkerSession(options(url)) { false } }
    }
    for url in ["http://user:secret@127.0.0.1:1", "http://:secret@h"] {
      #expect(failure(url)?.message.contains("give the key by key-env") == true)
      #expect(failure(url)?.message.contains("secret") == false)
    }
    let server = try StandInServer("echo_server.py")
    #expect(
      failure(server.url + "/status/404")?.message.contains("is not a server of the Tinker protocol")
        == true)
    withExtendedLifetime(server) {}
  }

  @Test("results that take long are waited for, however often they are asked for")
  func pending() throws {
    // More often than a fault is borne.
    let (model, server) = try model(["--pending", "9"])
    #expect(model.id != nil)
    withExtendedLifetime(server) {}
  }

  @Test("a session shows signs of life until it ends")
  func lives() throws {
    let server = try StandInServer("tinker_server.py")
    let counter = try #require(URL(string: server.url + "/beats"))
    func beats() throws -> Int { Int(try String(contentsOf: counter, encoding: .utf8)) ?? -1 }
    let heartbeat = Heartbeat(options: try options(server.url), session: "session_1", interval: 0.02)
    for _ in 0..<500 {
      if try beats() >= 3 { break }
      usleep(20_000)
    }
    heartbeat.end()
    let last = try beats()
    #expect(last >= 3)
    usleep(200_000)
    #expect(try beats() == last, "none after its end")
  }
}
