import Testing

@testable import TransformerTokenizer

@Suite("Decoding id by id")
struct TokenizerStreamTests {
  private static let text = "naïve – 日本語 🧮👩‍👩‍👧\n end"

  /// The parts that a stream gives; none may end inside a character.
  private func parts(_ tokenizer: Tokenizer, _ ids: [Int32], skippingSpecials: Bool = false) -> [String] {
    var stream = StreamDecoder(tokenizer, skippingSpecials: skippingSpecials)
    let parts = ids.map { stream.append($0) } + [stream.flush()]
    return parts.map { bytes in
      let part = String(validating: bytes, as: UTF8.self)
      #expect(part != nil, "\(bytes)")
      return part ?? ""
    }
  }

  @Test("bytes become characters as soon as they are complete, at every place of a text")
  func everySplit() {
    let tokenizer = Tokenizer.bytes()
    let ids = tokenizer.encode(Self.text)
    #expect(ids.count == Self.text.utf8.count)
    for count in 0...ids.count {
      let some = Array(ids[..<count])
      let parts = parts(tokenizer, some)
      #expect(parts.joined() == String(decoding: Self.text.utf8.prefix(count), as: UTF8.self))
      #expect(parts.dropLast().joined() == Self.text.completePrefix(bytes: count))
    }
  }

  @Test("bytes that are no text become what the standard library makes of them")
  func malformed() {
    let tokenizer = Tokenizer.bytes()
    // Beginnings and rests of sequences are likelier than in random bytes.
    let bytes: [UInt8] = [
      0x41, 0x80, 0xBF, 0xC2, 0xC0, 0xE0, 0xA0, 0xE2, 0x82, 0xED, 0x9F, 0xF0, 0x90, 0xF4, 0x8F, 0xFF,
    ]
    // Knuth's multiplier and increment of MMIX; its top bits are the random ones.
    var state: UInt64 = 5
    func draw() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return bytes[Int(state >> 60)]
    }
    let first = tokenizer.encode("\u{0}")[0]
    #expect(tokenizer.decode([first]) == [0] && tokenizer.vocabularySize == 258)
    var idOf = [Int32](repeating: -1, count: 256)
    for id in Int32(0)..<256 { idOf[Int(tokenizer.pieces[id].first ?? 0)] = id }
    for _ in 0..<300 {
      let row = (0..<12).map { _ in draw() }
      let ids = row.map { idOf[Int($0)] }
      #expect(parts(tokenizer, ids).joined() == String(decoding: row, as: UTF8.self), "\(row)")
      #expect(tokenizer.text(ids) == String(decoding: row, as: UTF8.self))
    }
  }

  @Test("a stream gives what decoding all ids gives", arguments: ["llama", "gemma", "always", "first"])
  func sentencePiece(_ name: String) throws {
    let golden = try TokenizerFixture.configuration(name)
    let tokenizer = try golden.tokenizer()
    for (ids, decoded) in zip(golden.ids, golden.decoded) {
      #expect(parts(tokenizer, ids).joined() == decoded)
    }
    // The first one has characters before its mistake, which a stream has given already.
    for stream in golden.streams.dropFirst(name == "always" || name == "first" ? 0 : 1)
    where stream.ids.first != 1 || stream.ids.last != 2 {
      #expect(parts(tokenizer, stream.ids).joined() == stream.decoded)
      #expect(parts(tokenizer, stream.ids, skippingSpecials: true).joined() == stream.skipped)
    }
  }

  @Test("the characters before a mistake stay, the rest of the run becomes U+FFFD byte by byte")
  func brokenRun() throws {
    let golden = try TokenizerFixture.configuration("llama")
    let tokenizer = try golden.tokenizer()
    // 日, a line break, and half of an emoji.
    #expect(golden.streams[0].decoded == "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}")
    #expect(parts(tokenizer, golden.streams[0].ids) == ["", "", "日", "\n", "", "", "\u{FFFD}\u{FFFD}"])
    let newline = golden.streams[0].ids[3]
    let half = Array(golden.streams[0].ids[4...])
    #expect(parts(tokenizer, half + [newline]) == ["", "", "\u{FFFD}\u{FFFD}\u{FFFD}", ""])
  }

  @Test("a stream leaves the first space out, wherever the first token is")
  func firstSpace() throws {
    let tokenizer = try TokenizerFixture.configuration("llama").tokenizer()
    let ids = tokenizer.encode("hello world")
    #expect(parts(tokenizer, ids).joined() == "hello world")
    #expect(parts(tokenizer, [1] + ids, skippingSpecials: true).joined() == "hello world")
    #expect(parts(tokenizer, [1] + ids).joined() == "<s> hello world")
  }
}

extension String {
  /// The scalars that lie in the first `count` bytes as a whole.
  fileprivate func completePrefix(bytes count: Int) -> String {
    var text = ""
    var size = 0
    for scalar in unicodeScalars {
      size += UTF8.width(scalar)
      guard size <= count else { break }
      text.unicodeScalars.append(scalar)
    }
    return text
  }
}
