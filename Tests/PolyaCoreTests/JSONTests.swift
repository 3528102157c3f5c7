import PolyaCore
import Testing

struct JSONTests {
  @Test func readsAllKindsOfValues() throws {
    let json = try JSONParser.parse(#"{"a": [1, -2.5e3, true, null, "x\n\u00e9\ud83d\ude00"], "b": {}}"#)
    #expect(json == ["a": [1, -2500.0, true, .null, "x\né😀"], "b": [:]])
  }

  @Test func writesWhatItReads() throws {
    let text = #"{"z":1,"a":[0.1,"\u0001\"\\",{}],"n":null}"#
    #expect(try JSONParser.parse(text).compact == text)
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,}", "{'a':1}", "{a:1}", "01", "1.", ".5", "+1", "NaN", "Infinity", "\"\u{1}\"",
    "[1 2]",
    "{\"a\" 1}", "tru", "1e", "--1", "{\"a\":1,\"a\":2}", "[1] 2", "\"\\x\"", "0x10", "// c\n1",
  ])
  func refusesWhatIsNotJSON(text: String) {
    #expect(throws: PolyaError.self) { try JSONParser.parse(text) }
  }

  @Test func readsJSON5() throws {
    let text = """
      // comment
      { plain: 'it''s'.length, }
      """
    #expect(throws: PolyaError.self) { try JSONParser.parse(text, .json5) }
    let json = try JSONParser.parse(
      "/* c */ {plain: 'a\"b', $x_1: +.5, hex: 0xFF, neg: -0x10, dot: 2., list: [1,2,], }", .json5)
    #expect(json == ["plain": "a\"b", "$x_1": 0.5, "hex": 255, "neg": -16, "dot": 2.0, "list": [1, 2]])
  }

  @Test func errorsNameLineAndColumn() throws {
    let error = try #require(throws: PolyaError.self) {
      try JSONParser.parse("{\n  \"é\": x\n}", at: "m.json5")
    }
    #expect(error.place == "m.json5, line 2, column 8")
  }

  @Test func deepNestingIsAnErrorAndNoCrash() {
    let text = String(repeating: "[", count: 200_000)
    #expect(throws: PolyaError.self) { try JSONParser.parse(text) }
  }

  @Test func brokenUTF8IsAnError() {
    #expect(throws: PolyaError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
  }

  @Test func loneSurrogateBecomesReplacementCharacter() throws {
    #expect(try JSONParser.parse(#""a\ud800b""#) == "a\u{FFFD}b")
  }

  @Test func randomBytesNeverTrap() {
    let random = Randomness(seed: 7)
    let alphabet = Array("{}[]\",:0123456789.eE+-truefalsn\\u'/* \n\u{1}é".utf8)
    for round in 0..<20_000 {
      let stream = random.stream(UInt64(round))
      let bytes = (0..<stream.below(40, 0)).map { alphabet[stream.below(alphabet.count, UInt64($0 + 1))] }
      do { _ = try JSONParser.parse(bytes, round % 2 == 0 ? .json : .json5) } catch {
        #expect(error is PolyaError)
      }
    }
  }
}

struct ObjectReaderTests {
  @Test func unknownKeyIsRefusedWithTheNearestName() throws {
    let reader = try ObjectReader(["learning_rate": 1, "epochs": 2], at: "stages.mid")
    _ = try reader.real("learning-rate")
    _ = try reader.integer("epochs")
    let error = try #require(throws: PolyaError.self) { try reader.finish() }
    #expect(error.description == "stages.mid: unknown key 'learning_rate'; did you mean 'learning-rate'?")
    #expect(error.code == .configuration)
  }

  @Test func wrongTypeNamesValueAndExpectation() throws {
    let reader = try ObjectReader(["samples": "many", "share": 1.5], at: "x")
    let type = try #require(throws: PolyaError.self) { try reader.integer("samples", in: 1...9) }
    #expect(type.description == "x.samples: must be an integer from 1 to 9, not \"many\"")
    let range = try #require(throws: PolyaError.self) { try reader.real("share", in: 0...1) }
    #expect(range.description == "x.share: must be a number from 0 to 1, not 1.5")
  }
}
