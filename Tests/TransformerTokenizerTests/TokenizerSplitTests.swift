internal import PolyaKit

import Foundation
import PolyaTestSupport
import Testing

@testable import TransformerFiles
@testable import TransformerTokenizer

@Suite("Splitting by expressions")
struct TokenizerSplitTests {
  private func pieces(_ pattern: SplitPattern, _ text: String) -> [Int] {
    let bytes = Array(text.utf8)
    var lengths: [Int] = []
    PreTokenizer([.split(TextSplit(pattern))]).forEachPiece(bytes, bytes.indices, isFirst: true) {
      text, piece in
      lengths.append(String(decoding: text[piece], as: UTF8.self).unicodeScalars.count)
    }
    return lengths
  }

  @Test("texts are split as by Hugging Face tokenizers")
  func golden() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/split.json")
    let file = try JSON(parsing: [UInt8](Data(contentsOf: url)), name: "split.json")
    let texts = (file["texts"]?.array ?? []).compactMap(\.string)
    let rows = file["expressions"]?.array ?? []
    #expect(texts.count == 17 && rows.count == 13)
    for row in rows {
      let source = row["source"]?.string ?? ""
      let scanner = try #require(SplitPattern(source: source), "\(source)")
      let program = try #require(SplitExpression.program(source), "\(source)")
      for (text, lengths) in zip(texts, row["pieces"]?.array ?? []) {
        let expected = (lengths.array ?? []).compactMap(\.integer)
        #expect(pieces(scanner, text) == expected, "\(row["name"]?.string ?? "") \(text.debugDescription)")
        #expect(pieces(.expression(program), text) == expected, "\(source) \(text.debugDescription)")
      }
    }
  }

  @Test("each behavior leaves the pieces that Hugging Face tokenizers leaves")
  func behaviors() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/split.json")
    let file = try JSON(parsing: [UInt8](Data(contentsOf: url)), name: "split.json")
    let texts = (file["texts"]?.array ?? []).compactMap(\.string)
    let rows = file["behaviors"]?.array ?? []
    #expect(rows.count == 60)
    for row in rows {
      let source = try #require(row["source"]?.string)
      let members: [(key: String, value: JSON)] = [
        ("pattern", .object([(row["kind"]?.string ?? "", .string(source))])),
        ("behavior", row["behavior"] ?? .null), ("invert", row["invert"] ?? .null),
      ]
      let split = PreTokenizer([.split(try TextSplit(.object(members), name: "t"))])
      for (text, places) in zip(texts, row["pieces"]?.array ?? []) {
        let bytes = Array(text.utf8)
        func place(_ byte: Int) -> Int {
          String(decoding: bytes[..<byte], as: UTF8.self).unicodeScalars.count
        }
        var actual: [Int] = []
        split.forEachPiece(bytes, bytes.indices, isFirst: true) { _, piece in
          actual += [place(piece.lowerBound), place(piece.upperBound)]
        }
        let expected = (places.array ?? []).compactMap(\.integer)
        #expect(actual == expected, "\(JSON.object(members).text) \(text.debugDescription)")
      }
    }
  }

  @Test("an expression that matches between characters is refused", arguments: ["a*", "(?!x)", "a?b*", "a|"])
  func emptyMatches(_ source: String) { #expect(SplitPattern(source: source) == nil) }

  @Test(
    "what is not known in an expression is refused",
    arguments: [
      "a.b", "(?<=x)y", "[[:alpha:]]", #"\bfoo"#, "(ab)+", "(ab)*", "(ab){2}", #"\p{Han}"#, "x{1,3}+", "a??",
      "a*?",
      "[a&&b]", "[", "[a", "(a", "a)", "*a", #"\"#, #"\1"#, #"\p{"#, "[b-a]", "(?i:é)", "x{3,1}", "(?=a)+",
      "(?>a)",
      #"\d"#, "^a", "a$", "a{", "(?P<n>a)", "x{99999}",
    ])
  func refused(_ source: String) {
    #expect(SplitExpression.program(source) == nil)
    let text = TokenizerWriter.json(specials: [], merges: [], trailing: ["<a>"], individualDigits: false)
    let split =
      "{\"type\": \"Split\", \"pattern\": {\"Regex\": \(JSON.quoted(source))}, \"behavior\": \"Isolated\", \"invert\": false}"
    let changed = text.replacing("\"pre_tokenizer\": {", with: "\"pre_tokenizer\": \(split), \"other\": {")
    let error = #expect(throws: TransformerError.self) { try Tokenizer(json: Array(changed.utf8), name: "t") }
    #expect(error?.kind == .unsupported && error?.message.contains(source) == true)
  }

  @Test(
    "a long text without a place to cut is encoded in time that grows with its length",
    arguments: ["a", " ", "aB", "日", "\n "])
  func longTexts(_ unit: String) throws {
    let merges: [(left: [UInt8], right: [UInt8])] = [([97], [97]), ([97, 97], [97, 97]), ([32], [32])]
    let expression =
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lo}]*[\\p{Ll}\\p{Lo}]+|\\p{N}+|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
    let split =
      "{\"type\": \"Split\", \"pattern\": {\"Regex\": \(JSON.quoted(expression))}, \"behavior\": \"Isolated\", \"invert\": false}"
    let plain = TokenizerWriter.json(specials: [], merges: merges, individualDigits: false, splits: false)
    let byteLevel = "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": false}"
    let cut = plain.replacing(
      "\"pre_tokenizer\": {",
      with:
        "\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [\(split), \(byteLevel)]}, \"other\": {"
    )
    let rows = [HostileAnswer(unit)]
    for json in [plain, cut] {
      let tokenizer = try Tokenizer(json: Array(json.utf8), name: "t")
      let text = rows[0].text(bytes: 80_000)
      let ids = tokenizer.encode(text)
      #expect(tokenizer.decode(ids) == Array(text.utf8))
      if unit == "a" { #expect(ids.count == 20_000) }
      #expect(HostileAnswers.tooSteep(rows, bytes: 20_000) { _ = tokenizer.encode($0) }.isEmpty)
    }
    let llama = try TokenizerFixture.configuration("crossing").tokenizer()
    #expect(llama.encode(rows[0].text(bytes: 20_000)).count >= 20_000 / unit.utf8.count / 2)
    #expect(HostileAnswers.tooSteep(rows, bytes: 20_000) { _ = llama.encode($0) }.isEmpty)
  }
}
