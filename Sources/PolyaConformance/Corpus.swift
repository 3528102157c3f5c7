internal import PolyaCore

/// Builds inputs for every function out of plain or hostile texts.
struct Corpus {
  let seed: UInt64
  let facts: Facts

  /// Short questions and answers of the kind that training sees.
  static func plain(_ count: Int) -> [[UInt8]] {
    let texts = [
      "Tom has 3 apples and buys 4 more. How many has he?", "The answer is 7.", "#### 42", "\\boxed{12}",
      "First we add 3 and 4. Then we check: 7 - 4 = 3. So the answer is 7.", "x = 1/2", "No idea.", "1,000",
    ]
    return (0..<count).map { Array((texts[$0 % texts.count] + ($0 < texts.count ? "" : " (\($0))")).utf8) }
  }

  func inputs(_ role: Role, _ texts: [[UInt8]]) -> [Input] {
    texts.indices.map { input(role, texts, $0) }
  }

  private func input(_ role: Role, _ texts: [[UInt8]], _ index: Int) -> Input {
    let text = texts[index]
    let id = UInt64(index) + 100
    switch role {
    case .score:
      return .answer(
        ScoredAnswer(
          id: id, question: texts[(index + 1) % texts.count], completion: text,
          reference: texts[(index * 7 + 3) % texts.count], kind: Array((index % 2 == 0 ? "math" : "").utf8),
          tokens: [1, 2, 3], logprobs: [-0.5, -1, -2]))
    case .next:
      return .turn(
        DialogTurn(
          id: id, question: text, heuristic: heuristic(index),
          exemplars: index % 3 == 0 ? [texts[(index + 1) % texts.count]] : []))
    case .segment, .judge:
      return .judged(
        question: texts[(index + 1) % texts.count], heuristic: heuristic(index), answer: text)
    case .produce: return .place(split: split(index, text), index: place(index), seed: seed)
    case .demonstrate:
      return .demonstration(
        split: split(index, text), index: place(index), seed: seed, heuristic: heuristic(index))
    case .encode: return .text(text)
    case .decode: return .tokens(tokens(text, atMost: 1 << 16))
    case .generate:
      return .prompt(PromptInput(id: id, seed: seed &+ id, tokens: tokens(text, atMost: 8)))
    case .scoreTokens:
      let ids = tokens(text, atMost: 12)
      return .sequence(SequenceInput(tokens: ids.count < 2 ? ids + [1, 2] : ids))
    }
  }

  private func heuristic(_ index: Int) -> [UInt8] {
    facts.heuristics.isEmpty ? [] : Array(facts.heuristics[index % facts.heuristics.count].utf8)
  }

  private func split(_ index: Int, _ text: [UInt8]) -> [UInt8] {
    facts.splits.isEmpty ? text : Array(facts.splits[0].name.utf8)
  }

  private func place(_ index: Int) -> UInt64 {
    let count = facts.splits.first?.count ?? 0
    return count == 0 ? UInt64(index) : UInt64(index) % count
  }

  /// Some ids of the vocabulary; never empty, since a prompt has at least one token.
  func tokens(_ text: [UInt8], atMost limit: Int) -> [Int32] {
    let limit = min(limit, max(2, facts.context / 2))
    let ids = text.prefix(limit).map { Int32(Int($0) % max(1, facts.vocabulary)) }
    return ids.isEmpty ? [1] : ids
  }
}

/// Texts that break careless code.
enum HostileTexts {
  /// Valid, and yet of more than one byte for each character.
  static let harmless: [[UInt8]] = [
    "½ + ½ = 1", "−3 × 4", "x₁ ≤ ٤٢", "Naïve. Zwölf.", "👍 7",
  ].map { Array($0.utf8) }
  static let brokenUTF8: [[UInt8]] = [
    [0xFF, 0xFE, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98], [0xC0, 0xAF], [0x80],
    [0xF8, 0x88, 0x80, 0x80, 0x80], Array("x = ".utf8) + [0xE2, 0x82], [0xF4, 0x90, 0x80, 0x80],
  ]
  static let unicode: [[UInt8]] = [
    "", "a\0b", "\0", "\u{FEFF}42", "\u{202E}24", "\u{200D}\u{200D}",
    "e" + String(repeating: "\u{301}", count: 5000),
    "👨‍👩‍👧‍👦 = 4", "٤٢", "４２", "\u{2028}\u{85}", "\u{10FFFF}", "½", "−3", "İi̇ßẞ",
  ].map { Array($0.utf8) }
  static let metacharacters: [[UInt8]] = [
    "%n%s%n%s%x", "{}{0}{{", "\\\"'`$(reboot)", "; rm -rf /", "</script><script>", "{\"a\":", "\\boxed{",
    "\\frac{1}{",
    "$$$", "#### ", "\\input{/etc/passwd}", "../../../etc", "a\r\nb\tc", "-", "+", ".", ",", "1/0", "0/0",
    "--1", "1e", "^",
  ].map { Array($0.utf8) }
  static let numbers: [[UInt8]] = [
    Array(repeating: UInt8(ascii: "9"), count: 1_000_000), Array("1e999999".utf8), Array("-1e-999999".utf8),
    Array("NaN".utf8), Array("inf".utf8), Array("0x1p-1074".utf8), Array("9223372036854775808".utf8),
    Array(("1" + String(repeating: "/3", count: 1000)).utf8), Array("1,,,,2".utf8), Array("100%%%".utf8),
  ]
  static let nested: [[UInt8]] = ["(", "[", "{", "\\frac{", "\\boxed{", "-", "^{", "\"["].map {
    Array(String(repeating: $0, count: 100_000).utf8)
  }
  static let backtracking: [[UInt8]] =
    [
      String(repeating: "a", count: 40) + "!", String(repeating: "1", count: 40) + "x",
      String(repeating: "1,", count: 20_000) + "x", String(repeating: " ", count: 50_000) + "x",
      String(repeating: "the answer is ", count: 5_000), String(repeating: "\\boxed{", count: 2000) + "1",
      String(repeating: "x=", count: 20_000), String(repeating: "####", count: 10_000),
    ].map { Array($0.utf8) }
}
