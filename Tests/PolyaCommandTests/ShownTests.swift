import PolyaTestSupport
import Testing

@testable import PolyaCommand

/// What reaches a terminal of what files and plugins say.
struct ShownTests {
  /// Every scalar below the surrogates, the tags, and a few beyond.
  private static let scalars =
    (Array(0...0xD7FF) + Array(0xE000...0xFFFF) + Array(0xE0000...0xE007F) + [0x1F600, 0x10FFFF])
    .compactMap { Unicode.Scalar(UInt32($0)) }

  @Test func noControlCharacterAndNoDirectionIsLeft() {
    var wrong: [UInt32] = []
    for scalar in Self.scalars {
      let isLeft = Shown.line("a\(String(scalar))b").unicodeScalars.contains(scalar)
      let category = scalar.properties.generalCategory
      let isHostile =
        [.control, .lineSeparator, .paragraphSeparator].contains(category) || scalar.properties.isBidiControl
      // Letters of every script are shown.
      if isHostile == isLeft, isHostile || scalar.properties.isAlphabetic { wrong.append(scalar.value) }
    }
    #expect(wrong.isEmpty)
  }

  @Test func whatIsHiddenIsSpelledOut() {
    #expect(
      Shown.line("a\u{1B}[31m\u{7F}\u{9B}\n\t\r\u{202E}\u{2028}é漢😀")
        == "a\\u{1B}[31m\\u{7F}\\u{9B}\\n\\t\\r\\u{202E}\\u{2028}é漢😀")
    #expect(Shown.lines("a\n\tb\r\u{8}") == "a\n\tb\\r\\u{8}")
    #expect(
      Shown.json("{\n\"a\":\"\u{9B}\u{202E}é\u{E0001}\"}")
        == "{\n\"a\":\"\\u009b\\u202eé\\udb40\\udc01\"}")
  }

  @Test func longMessagesLoseTheirMiddle() {
    #expect(Shown.message(String(repeating: "x", count: 2000)) == String(repeating: "x", count: 2000))
    for (piece, size) in [("x", 1), ("漢", 3), ("\u{1B}", 1), ("e\u{301}", 3), ("👩‍👩‍👧", 18)] {
      let text = "m.json5: " + String(repeating: piece, count: 1_000_000 / size) + "; do this"
      let shown = Shown.message(text)
      #expect(shown.unicodeScalars.count <= 2000 && shown.utf8.count <= 8000, "\(piece)")
      #expect(shown.hasPrefix("m.json5: ") && shown.hasSuffix("; do this"))
      #expect(shown.contains(" more bytes) …"))
      #expect(!shown.unicodeScalars.contains("\u{1B}"))
    }
    // One character to Swift, a million to a terminal.
    let tower = "a" + String(repeating: "\u{301}", count: 1_000_000)
    #expect(Shown.message(tower).utf8.count <= 4100)
    let cut = Shown.cut(String(repeating: "x", count: 5000))
    #expect(cut.unicodeScalars.count <= 2000 && cut.contains("… (3,0"))
  }

  @Test func columnsAreCountedAsATerminalDoes() {
    #expect(Columns.count("abc") == 3 && Columns.count("漢字") == 4 && Columns.count("e\u{301}") == 1)
    #expect(Columns.count("😀") == 2 && Columns.count("ｆ") == 2 && Columns.count("한") == 2)
    #expect(Columns.fit("abcdef", 6) == "abcdef" && Columns.fit("abcdefg", 6) == "abcde…")
    #expect(Columns.fit("漢字漢字", 5) == "漢字…" && Columns.fit("漢字漢字", 6) == "漢字…")
    for limit in 1...12 { #expect(Columns.count(Columns.fit("a漢b字c한d", limit)) <= limit) }
  }

  @Test func tablesAlignWideAndHostileCells() {
    let lines = Table.lines([["漢字", "x"], ["a\n\u{1B}", "y"]])
    #expect(lines == ["漢字       x", "a\\n\\u{1B}  y"])
  }
}

/// How much plugins may say.
struct LogLimiterTests {
  /// A clock and what was written.
  private final class Recorder: @unchecked Sendable {
    var now = 0.0
    var lines: [String] = []
  }

  private let recorder = Recorder()

  private func limiter(_ limit: Int) -> LogLimiter {
    let recorder = recorder
    return LogLimiter(limit: limit, now: { recorder.now }) { recorder.lines.append($0) }
  }

  @Test func repeatedLinesAreCounted() {
    let log = limiter(10)
    for _ in 0..<1235 { log.log("a", "same") }
    log.log("a", "other")
    log.finish()
    #expect(recorder.lines == ["a: same", "a: … the last line was repeated 1,234 times", "a: other"])
  }

  @Test func aSecondHoldsSoManyLinesOfASource() {
    let log = limiter(3)
    for number in 0..<1237 { log.log("a", "line \(number)") }
    log.log("b", "one\ntwo")
    recorder.now = 1
    log.log("a", "later")
    log.finish()
    #expect(
      recorder.lines == [
        "a: line 0", "a: line 1", "a: line 2", "b: one", "b: two", "a: … 1,234 lines not shown", "a: later",
      ])
  }

  @Test func inventedSourcesShareOneAllowance() {
    let log = limiter(2)
    for number in 0..<10_000 { log.log("s\(number)", "line") }
    log.finish()
    #expect(recorder.lines.count < 64 + 4)
    // 64 sources of their own, and two lines of all others.
    #expect(recorder.lines.contains("other sources: … \((10_000 - 64 - 2).grouped) lines not shown"))
  }
}
