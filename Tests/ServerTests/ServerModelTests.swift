import Foundation
import PolyaKit
import PolyaTestSupport
import Testing

@testable import Server

/// The whole plugin against a server whose model is a formula, so that every answer is known.
struct ServerModelTests {
  private func prompts(_ count: Int, _ model: ServerModel, samples: Int = 1, temperature: Double = 1)
    -> [Prompt]
  {
    (0..<count).map { number in
      Prompt(
        id: UInt64(number), seed: UInt64(number) &* 0x9e37_79b9_7f4a_7c15,
        tokens: model.ids("question \(number)"),
        samples: samples, maxTokens: 40, temperature: temperature)
    }
  }

  private func failure(_ body: () throws -> Void) throws -> Failure {
    do { try body() } catch let failure as Failure { return failure }
    throw Missing()
  }

  private struct Missing: Error {}

  private static let faults = ["slow", "429", "503", "500", "cut", "malformed", "count", "utf8", "duplicate"]

  /// 2,000 requests, 200 on their way, of which one in twenty goes wrong: each has its own answer, once.
  @Test func nothingIsLostAndNothingComesTwice() throws {
    let standIn = try StandIn(["faults": 0.05, "kinds": Self.faults])
    let model = try standIn.model(["concurrency": .integer(200)])
    let prompts = prompts(2000, model)
    let samples = try model.generate(prompts, standIn.work)
    #expect(samples.count == 2000)
    var wrong = 0
    for (prompt, sample) in zip(prompts, samples) {
      let seed = Seeds.seed(prompt.seed, sample: 0, largest: Flavor.vLLM.largestSeed)
      let text = StandIn.text(prompt.tokens, seed: seed)
      let isRight =
        String(decoding: sample.text, as: UTF8.self) == text && sample.finish == .stop
        && sample.tokens == model.ids(text) + [model.info.eos ?? -1]
        && sample.logprobs == sample.tokens.map { -Float($0 % 7 + 1) / 8 }
      if !isRight { wrong += 1 }
    }
    #expect(wrong == 0)
    #expect(standIn.lines.contains { $0.hasPrefix("2000 requests (") && $0.contains("attempts repeated") })
    for sign in ["not valid UTF-8", "not valid JSON", "2 choices instead of 1", "status 500", "status 429"] {
      #expect(standIn.lines.contains { $0.contains(sign) }, "\(sign)")
    }
    #expect(
      standIn.lines.contains { $0.contains("another prompt") || $0.contains("the id of an earlier one") })
  }

  @Test func theSamplesOfAPromptAreOneRequestAndDiffer() throws {
    let standIn = try StandIn()
    let model = try standIn.model()
    let before = try standIn.counts()["/v1/completions"] ?? 0
    let prompts = prompts(3, model, samples: 4)
    let samples = try model.generate(prompts, standIn.work)
    #expect(try standIn.counts()["/v1/completions"] == before + 3)
    let expected = prompts.flatMap { prompt -> [String] in
      let seed = Seeds.seed(prompt.seed, sample: 0, largest: Flavor.vLLM.largestSeed)
      return (0..<4).map { StandIn.text(prompt.tokens, seed: seed, sample: $0) }
    }
    #expect(samples.map { String(decoding: $0.text, as: UTF8.self) } == expected)
  }

  @Test func aServerWithoutSeedsIsAskedForEachSampleAndSaidToHaveNone() throws {
    let standIn = try StandIn(["seeds": false])
    let model = try standIn.model()
    #expect(standIn.lines.contains { $0.contains("no seeds") && $0.contains("token ids in and out") })
    let before = try standIn.counts()["/v1/completions"] ?? 0
    #expect(try model.generate(prompts(2, model, samples: 3), standIn.work).count == 6)
    #expect(try standIn.counts()["/v1/completions"] == before + 6)
  }

  @Test func theProbeSaysInOneLineWhatTheServerCan() throws {
    let standIn = try StandIn()
    _ = try standIn.model(["chat-template": .text("chatml")])
    #expect(
      standIn.lines.last == """
        'stand-in' at vLLM 0.0-stand-in, context 4096: token ids in and out, log-probs at temperature 1, scores of \
        given tokens, n samples a request, seeds, the same token ids for 10 texts as the folder
        """)
  }

  @Test func logprobsOfAnotherDistributionAreNotGiven() throws {
    let raw = try StandIn()
    let model = try raw.model()
    #expect(try model.generate(prompts(1, model, temperature: 0.5), raw.work)[0].logprobs.isEmpty)
    #expect(try !model.generate(prompts(1, model, temperature: 0), raw.work)[0].logprobs.isEmpty)
    let cut = try StandIn(["mode": "cut"])
    let other = try cut.model()
    var prompt = prompts(1, other, temperature: 0.5)[0]
    #expect(try !other.generate([prompt], cut.work)[0].logprobs.isEmpty)
    prompt.topP = 0.9
    #expect(try other.generate([prompt], cut.work)[0].logprobs.isEmpty)
  }

  @Test func scoresComeAtTemperatureOneOnly() throws {
    let standIn = try StandIn()
    let model = try standIn.model()
    let tokens = model.ids("some text")
    let scored = try model.score([TokenSequence(tokens: tokens, from: 4)], standIn.work)
    #expect(scored[0].logprobs == tokens[4...].map { -Float($0 % 7 + 1) / 8 } && scored[0].entropies.isEmpty)
    let refused = try failure {
      _ = try model.score([TokenSequence(tokens: tokens, from: 4, temperature: 0.7)], standIn.work)
    }
    #expect(refused.code == .unsupported && refused.message.contains("0.7"))
    let plain = try StandIn(["flavor": "openai"])
    let text = try plain.model(ids: false)
    let none = try failure { _ = try text.score([TokenSequence(tokens: [1, 2], from: 1)], plain.work) }
    #expect(none.code == .unsupported)
  }

  @Test func stopStringsAreNotPartOfTheText() throws {
    let standIn = try StandIn()
    let model = try standIn.model()
    var prompt = prompts(1, model)[0]
    prompt.stop = ["-"]
    let sample = try model.generate([prompt], standIn.work)[0]
    #expect(sample.text.allSatisfy { (0x30...0x39).contains($0) } && !sample.text.isEmpty)
    prompt.stop = []
    prompt.maxTokens = 3
    let short = try model.generate([prompt], standIn.work)[0]
    #expect(short.finish == .length && short.tokens.count == 3)
  }

  @Test func aConversationGoesToAServerThatHasTheOnlyTokenizer() throws {
    let standIn = try StandIn(["flavor": "openai"])
    let model = try standIn.model(ids: false)
    #expect(model.info.tokenizerHash.isEmpty && model.hasTemplate)
    let texts = ByteTexts(system: nil)
    let tokens = texts.render([Message("system", "Be brief."), Message("user", "Größe?")])
    let prompt = Prompt(id: 0, seed: 3, tokens: tokens, samples: 2, maxTokens: 40)
    let samples = try model.generate([prompt], standIn.work)
    let values = Array("systemBe brief.userGröße?".utf8).map { Int32($0) }
    let expected = (0..<2).map { sample in
      StandIn.text(values, seed: Seeds.seed(3, sample: sample, largest: Flavor.openAI.largestSeed))
    }
    #expect(samples.map { String(decoding: $0.text, as: UTF8.self) } == expected)
    #expect(samples.allSatisfy { $0.logprobs.isEmpty && $0.tokens.last == ByteTexts.end })
    #expect(
      try standIn.counts() == ["/v1/models": 1, "/v1/chat/completions": 2], "the probe samples nothing")
  }

  /// The ids are then those of the text, of which the model has a tokenizer, and there are no log-probs.
  @Test func aFolderAtAPlainServerExchangesText() throws {
    let standIn = try StandIn(["flavor": "openai"])
    let model = try standIn.model()
    #expect(standIn.lines.last?.contains("text in and out, seeds untested") == true, "\(standIn.lines)")
    let prompt = prompts(1, model)[0]
    let sample = try model.generate([prompt], standIn.work)[0]
    let seed = Seeds.seed(prompt.seed, sample: 0, largest: Flavor.openAI.largestSeed)
    let text = StandIn.text("question 0".utf8.map { Int32($0) }, seed: seed)
    #expect(String(decoding: sample.text, as: UTF8.self) == text && sample.logprobs.isEmpty)
    #expect(sample.tokens == model.ids(text) + [model.info.eos ?? -1])
  }

  @Test func theSameRequestsCostNothingAgain() throws {
    let standIn = try StandIn()
    let cache = OptionValues.Value.text(standIn.folder.path("cache"))
    let prices: [String: OptionValues.Value] = ["cache": cache, "price-in": .real(1), "price-out": .real(2)]
    let first = try standIn.model(prices)
    let prompts = prompts(20, first, samples: 2)
    let samples = try first.generate(prompts, standIn.work)
    let again = try standIn.model(prices)
    let before = try standIn.counts()["/v1/completions"]
    let second = try again.generate(prompts, standIn.work)
    #expect(
      second.map(\.tokens) == samples.map(\.tokens) && second.map(\.logprobs) == samples.map(\.logprobs))
    #expect(try standIn.counts()["/v1/completions"] == before)
    #expect(standIn.lines.last?.hasPrefix("0 requests (20 from the cache)") == true, "\(standIn.lines)")
    let folder = URL(filePath: standIn.folder.path("cache"))
    let entries = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    let files = (entries?.allObjects as? [URL])?.filter { $0.lastPathComponent.count == 64 } ?? []
    #expect(files.count == 20)
    try Data("broken".utf8).write(to: try #require(files.first))
    #expect(try again.generate(prompts, standIn.work).map(\.tokens) == samples.map(\.tokens))
    #expect(try standIn.counts()["/v1/completions"] == (before ?? 0) + 1)
    #expect(standIn.lines.contains { $0.contains("is damaged") })
  }

  @Test func theBudgetEndsBeforeTheRequestThatWouldExceedIt() throws {
    let standIn = try StandIn(["flavor": "openai"])
    // Each request has 10 bytes of a prompt and at most 40 tokens: 50 in all.
    func model(_ budget: Double) throws -> ServerModel {
      try standIn.model(
        ["price-in": .real(1e6), "price-out": .real(1e6), "budget": .real(budget)], ids: false)
    }
    let poor = try model(49)
    let refused = try failure { _ = try poor.generate(prompts(1, poor), standIn.work) }
    #expect(refused.code == .limit && refused.message.contains("budget is 49"), "\(refused)")
    #expect(try standIn.counts()["/v1/completions"] == nil)
    let richer = try model(150)
    let ended = try failure { _ = try richer.generate(prompts(40, richer), standIn.work) }
    #expect(ended.code == .limit)
    let asked = try standIn.counts()["/v1/completions"] ?? 0
    #expect(asked >= 3 && asked < 10, "\(asked)")
  }

  @Test func aDeadServerIsNoHindranceWhereAnotherLives() throws {
    let standIn = try StandIn()
    let urls = OptionValues.Value.list([.text("http://127.0.0.1:1"), .text(standIn.server.url)])
    let model = try standIn.model(["url": urls])
    #expect(standIn.lines.contains { $0.contains("127.0.0.1:1 cannot be reached") })
    #expect(try model.generate(prompts(50, model), standIn.work).count == 50)
  }
}

extension ServerModel {
  /// Token ids of a text; of a model without a folder, its bytes.
  fileprivate func ids(_ text: String) -> [Int32] { texts.encode(text) }
}
