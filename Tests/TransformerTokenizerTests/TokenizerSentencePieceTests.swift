import Testing

@testable import TransformerTokenizer

@Suite("SentencePiece-style tokenizers")
struct TokenizerSentencePieceTests {
  private static let names = [
    "llama", "gemma", "mistral", "always", "never", "first", "unknown", "unknowns", "nothing", "whole",
    "digits", "crossing",
  ]

  @Test("ids and texts equal those of Hugging Face tokenizers", arguments: names)
  func golden(_ name: String) throws {
    let fixture = try TokenizerFixture()
    #expect(fixture.configurations.map(\.name) == Self.names && fixture.texts.count > 20)
    let golden = try TokenizerFixture.configuration(name)
    let tokenizer = try golden.tokenizer()
    for (index, text) in fixture.texts.enumerated() {
      #expect(tokenizer.encode(text) == golden.ids[index], "\(text.debugDescription)")
      #expect(tokenizer.text(golden.ids[index]) == golden.decoded[index], "\(text.debugDescription)")
    }
    let whole = ["the cat", ""].map { tokenizer.encode($0, addingSpecials: true) }
    #expect(whole == golden.withSpecial)
  }

  @Test("ids that no text gives become the text that Hugging Face makes of them", arguments: names)
  func strayIDs(_ name: String) throws {
    let golden = try TokenizerFixture.configuration(name)
    let tokenizer = try golden.tokenizer()
    #expect(golden.streams.count == 6)
    for stream in golden.streams {
      #expect(tokenizer.text(stream.ids) == stream.decoded)
      #expect(tokenizer.text(stream.ids, skippingSpecials: true) == stream.skipped)
      #expect(
        String(decoding: tokenizer.decode(stream.ids.filter { $0 != 1 && $0 != 2 }), as: UTF8.self)
          == String(decoding: tokenizer.decode(stream.ids, skippingSpecials: true), as: UTF8.self))
    }
  }

  @Test("inside a text, pieces are bytes and spaces")
  func pieces() throws {
    let tokenizer = try TokenizerFixture.configuration("llama").tokenizer()
    let (newline, hello) = (tokenizer.encode("a\n")[1], tokenizer.encode("hello")[0])
    #expect(Array(tokenizer.pieces[newline]) == [10])
    #expect(String(decoding: tokenizer.pieces[hello], as: UTF8.self) == " hello")
    #expect(Array(tokenizer.pieces[1]) == Array("<s>".utf8))
    #expect(tokenizer.pieces[-1].isEmpty && tokenizer.pieces[9999].isEmpty)
  }
}
