import Foundation
import PolyaKit
import PolyaTestSupport
import Testing

@testable import Server
@testable import TransformerTexts

struct PartsTests {
  /// SplitMix64's published first outputs for the seed 1234567 (Rosetta Code, "Pseudo-random numbers/Splitmix64").
  @Test func seedsAreThoseOfSplitMix64() {
    let published: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect((0..<5).map { Seeds.seed(1_234_567, sample: $0, largest: .max) } == published)
    let range = UInt64(Int64.max)
    #expect(Seeds.seed(1_234_567, sample: 4, largest: range) == published[4] % (1 << 63))
    for flavor in Flavor.allCases {
      #expect(
        (0..<100).allSatisfy { Seeds.seed(9, sample: $0, largest: flavor.largestSeed) <= flavor.largestSeed })
    }
  }

  @Test(arguments: [
    ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "/v1"), ("http://h:1/", "http://h:1", "/v1"),
    ("https://api.openai.com/v1/", "https://api.openai.com", "/v1"),
    ("https://api.groq.com/openai/v1", "https://api.groq.com/openai", "/v1"),
    (
      "https://generativelanguage.googleapis.com/v1beta/openai/",
      "https://generativelanguage.googleapis.com/v1beta/openai", ""
    ),
  ]) func addresses(_ url: String, _ root: String, _ prefix: String) throws {
    let address = try ServerAddress(url)
    #expect(address.root == root && address.prefix == prefix)
  }

  @Test(arguments: ["", "localhost:8000", "ftp://h", "http://", "http://a b", "http://key@host"])
  func whatIsNoAddressIsRefused(_ url: String) {
    #expect { try ServerAddress(url) } throws: { !"\($0)".contains("key@") && "\($0)".contains("url") }
  }

  @Test func bytesCarryTextAndConversations() {
    let texts = ByteTexts(system: nil)
    let messages = [
      Message("system", "Be brief."), Message("user", "Größe <|user|> 🙂?"), Message("assistant", "1"),
    ]
    let next = messages + [Message("user", "And?")]
    #expect(texts.content(texts.render(next)) == .messages(next))
    #expect(texts.content(texts.encode("plain <|user|>")) == .text("plain <|user|>"))
    #expect(texts.render(messages).last == ByteTexts.end)
    #expect(texts.decode(texts.encode("Größe")) == Array("Größe".utf8))
    let whole = String(decoding: texts.decode(texts.render([Message("user", "hi")])), as: UTF8.self)
    #expect(whole == "<|user|>\nhi<|assistant|>\n")
    let spoken = ByteTexts(system: "S").render([Message("user", "a")])
    #expect(texts.content(spoken) == .messages([Message("system", "S"), Message("user", "a")]))
  }

  @Test func aSampleOfBytesEndsWithTheEndOfAnAnswer() {
    let wire = WireSample(text: "né", tokens: nil, logprobs: nil, finish: .stop)
    let sample = ByteTexts(system: nil).sample(wire, [])
    #expect(sample.tokens == [110, 0xc3, 0xa9, ByteTexts.end] && sample.text == Array("né".utf8))
    #expect(sample.finish == .stop && sample.logprobs.isEmpty)
  }

  @Test(
    arguments: [
      ("one two", ["two"], 4), ("one two", [], nil), ("aXbY", ["Y", "X"], 1), ("abcd", ["bcd", "c"], 2),
      ("abc", ["bc", "abc"], 0), ("ab", ["abc"], nil),
    ] as [(String, [String], Int?)]) func theStopThatEndsFirstCuts(
      _ text: String, _ stops: [String], _ at: Int?
    )
  {
    #expect(StopText.first(in: Array(text.utf8), stops)?.lowerBound == at)
  }

  @Test func logprobsAreGivenOnlyWhereTheyAreTheContracts() {
    func prompt(_ temperature: Double, topP: Double = 1) -> Prompt {
      Prompt(id: 0, seed: 0, tokens: [1], maxTokens: 1, temperature: temperature, topP: topP)
    }
    #expect([0, 1, 0.5].map { LogprobMeaning.raw.fits(prompt($0)) } == [true, true, false])
    #expect(LogprobMeaning.raw.fits(prompt(1, topP: 0.9)), "before the cut")
    #expect([1, 0.5].map { LogprobMeaning.tempered.fits(prompt($0)) } == [true, true])
    #expect(LogprobMeaning.cut.fits(prompt(0.5)) && !LogprobMeaning.cut.fits(prompt(1, topP: 0.9)))
    #expect(!LogprobMeaning.none.fits(prompt(1)))
  }

  @Test func theBudgetIsKeptEvenIfAllAnswersAreAsLongAsTheyMayBe() throws {
    var account = Account(try Prices(input: 1, output: 10, budget: 0.001))
    let most = Usage(prompt: 100, completion: 30)
    // 0.0004 each: two fit, a third waits until one has cost less.
    #expect(
      account.begin(0, most) == .yes && account.begin(1, most) == .yes && account.begin(2, most) == .later)
    account.end(0, Usage(prompt: 100, completion: 5))
    #expect(account.begin(2, most) == .yes && account.begin(3, most) == .later)
    account.end(1, most)
    account.end(2, most)
    #expect(account.begin(3, most) == .no)
    #expect(account.line.contains("300 prompt and 65 completion tokens, cost 0.00095"), "\(account.line)")
    #expect(account.refusal(most).code == .limit)
    #expect(throws: Failure.self) { try Prices(input: nil, output: 1, budget: 1) }
  }

  @Test func costsAreShownPlainly() {
    #expect(
      [0, 1, 0.00095, 12.5, 1e13].map { Account.shown($0) } == ["0", "1", "0.00095", "12.5", "1000000000000"])
  }

  /// The digest is that of `printf 'P\nabc' | sha256sum`.
  @Test func damagedEntriesOfTheCacheAreNoAnswers() throws {
    let folder = try TemporaryFolder()
    let cache = try AnswerCache(folder.path("cache"))
    let key = AnswerCache.key("P", Array("abc".utf8))
    #expect(key == "132667c404b46cd7d9a6cdd4982bb9e438058d23ce1dba4c0f2bd005408e43a4")
    var lines: [String] = []
    #expect(cache.answer(key, log: { lines.append($0) }) == nil && lines.isEmpty)
    let answer = Array("{\n}".utf8)
    try cache.keep(answer, of: key)
    #expect(cache.answer(key, log: { lines.append($0) }) == answer && lines.isEmpty)
    let whole = try Data(contentsOf: URL(filePath: cache.path(key)))
    for damaged in [whole.dropLast(), whole + [0x20], Data(), whole.dropFirst(), Data("{}".utf8)] {
      lines = []
      try Data(damaged).write(to: URL(filePath: cache.path(key)))
      #expect(cache.answer(key, log: { lines.append($0) }) == nil && lines.count == 1)
    }
    let drafts = try FileManager.default.contentsOfDirectory(atPath: folder.path("cache/\(key.prefix(2))"))
    #expect(drafts == [key])
    try folder.write("file", "")
    #expect { try AnswerCache(folder.path("file")) } throws: { "\($0)".contains("writable") }
  }
}
