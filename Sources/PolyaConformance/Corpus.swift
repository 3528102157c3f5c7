internal import PolyaCore

/// Builds the inputs of every function from rows or hostile texts.
struct Corpus {
  let seed: UInt64
  let facts: Facts
  /// The rows for most rules; nil for plain texts.
  let rows: Rows?

  /// Returns short questions and answers of the kind found in training.
  static func plain(_ count: Int) -> [[UInt8]] {
    let texts = [
      "Tom has 3 apples and buys 4 more. How many has he?", "The answer is 7.", "#### 42", "\\boxed{12}",
      "First we add 3 and 4. Then we check: 7 - 4 = 3. So the answer is 7.", "x = 1/2", "No idea.", "1,000",
    ]
    return (0..<count).map { Array((texts[$0 % texts.count] + ($0 < texts.count ? "" : " (\($0))")).utf8) }
  }

  /// Returns at least `count` inputs that a plugin should answer. Rows may be repeated, with different ids.
  func plain(_ role: Role, count: Int, _ instance: Instance) throws -> [Input] {
    let templates = try templates(role, instance)
    guard !templates.isEmpty else { return inputs(role, Self.plain(count)) }
    return (0..<max(count, templates.count)).map { index in
      templates[index % templates.count].input.numbered(index, round: index / templates.count)
    }
  }

  /// Returns inputs that contain each hostile text, once by itself and once as what a model says in an input
  /// that is otherwise answered.
  func hostile(_ role: Role, _ texts: [[UInt8]], _ instance: Instance) throws -> [Input] {
    let plain = try plain(role, count: texts.count, instance)
    return texts.enumerated().compactMap { index, text in
      plain[index].saying(text)?.numbered(index + texts.count, round: index)
    }
  }

  /// Returns inputs whose texts are all among the given ones.
  func inputs(_ role: Role, _ texts: [[UInt8]]) -> [Input] {
    texts.indices.map { input(role, texts, $0) }
  }

  /// Returns the rows that are inputs of a function.
  func templates(_ role: Role, _ instance: Instance) throws -> [(row: Rows.Row, input: Input)] {
    try (rows?.rows ?? []).enumerated().compactMap { index, row in
      try input(of: row, index, role, instance).map { (row, $0) }
    }
  }

  private func input(of row: Rows.Row, _ index: Int, _ role: Role, _ instance: Instance) throws -> Input? {
    switch (role, row.content) {
    case (.score, .answer(let answer)): return .answer(answer)
    case (.next, .dialog(var turn, _, _)):
      if turn.heuristic.isEmpty { turn.heuristic = heuristic(index) }
      return .turn(turn)
    case (.segment, .dialog(let turn, _, let answer?)):
      return .labeled(
        question: turn.question, heuristic: turn.heuristic.isEmpty ? heuristic(index) : turn.heuristic,
        answer: answer)
    case (.produce, .place(let split, let index, let seed, _)):
      return .place(split: split, index: index, seed: seed ?? self.seed)
    case (.demonstrate, .place(let split, let place, let seed, let name)):
      return .demonstration(
        split: split, index: place, seed: seed ?? self.seed, heuristic: name ?? heuristic(index))
    case (.encode, .text(let text)): return .text(text)
    case (.decode, .text), (.decode, .tokens): return .tokens(try tokens(row, instance))
    case (.generate, .text), (.generate, .tokens):
      return .prompt(PromptInput(seed: seed &+ UInt64(index), tokens: try tokens(row, instance)))
    case (.scoreTokens, .text), (.scoreTokens, .tokens):
      let ids = try tokens(row, instance)
      return ids.count < 2 ? nil : .sequence(SequenceInput(tokens: ids))
    default: return nil
    }
  }

  private func tokens(_ row: Rows.Row, _ instance: Instance) throws -> [Int32] {
    switch row.content {
    case .tokens(let ids): ids
    case .text(let text): try instance.encode(text)
    default: []
    }
  }

  private func input(_ role: Role, _ texts: [[UInt8]], _ index: Int) -> Input {
    let text = texts[index]
    let id = UInt64(index) + 100
    switch role {
    case .score:
      return .answer(
        ScoredAnswer(
          id: id, group: "\(id / 4)", question: texts[(index + 1) % texts.count], completion: text,
          reference: texts[(index * 7 + 3) % texts.count], kind: Array((index % 2 == 0 ? "math" : "").utf8),
          tokens: [1, 2, 3], logprobs: [-0.5, -1, -2]))
    case .next:
      return .turn(
        DialogTurn(
          id: id, question: text, heuristic: heuristic(index),
          exemplars: index % 3 == 0 ? [exemplar(texts[(index + 1) % texts.count], index)] : []))
    case .segment:
      return .labeled(
        question: texts[(index + 1) % texts.count], heuristic: heuristic(index),
        answer: index % 4 == 3 ? text + Self.approach : text)
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

  /// A text in which an answer describes its approach.
  private static let approach = Array(
    " First I make a plan. Working backwards, I undo each step. Put the result back: it fits.".utf8)

  private func exemplar(_ text: [UInt8], _ index: Int) -> DialogExemplar {
    DialogExemplar(question: text, heuristic: heuristic(index), solution: text)
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

  /// Returns some ids of the vocabulary; never empty, since a prompt has at least one token.
  func tokens(_ text: [UInt8], atMost limit: Int) -> [Int32] {
    let limit = min(limit, max(2, facts.context / 2))
    let ids = text.prefix(limit).map { Int32(Int($0) % max(1, facts.vocabulary)) }
    return ids.isEmpty ? [1] : ids
  }
}

extension Input {
  /// Returns the input with a new id. `round` is the number of times that the rows have been repeated, since
  /// groups do not extend across rounds.
  func numbered(_ index: Int, round: Int) -> Input {
    let id = UInt64(index) + 100
    switch self {
    case .answer(var answer):
      answer.id = id
      answer.group = answer.group.map { "\(round) \($0)" }
      return .answer(answer)
    case .turn(var turn):
      turn.id = id
      return .turn(turn)
    case .prompt(var prompt):
      prompt.id = id
      return .prompt(prompt)
    default: return self
    }
  }

  /// Returns the input with another text in place of what a model or a user says, or nil if neither says
  /// anything.
  func saying(_ text: [UInt8]) -> Input? {
    switch self {
    case .answer(var answer):
      (answer.question, answer.completion) = (text, text)
      return .answer(answer)
    case .turn(var turn):
      turn.question = text
      return .turn(turn)
    case .labeled(let question, let heuristic, _):
      return .labeled(question: question, heuristic: heuristic, answer: text)
    default: return nil
    }
  }
}

/// Texts that break careless code.
enum HostileTexts {
  /// Valid texts whose characters take more than one byte.
  static let harmless: [[UInt8]] = [
    "½ + ½ = 1", "−3 × 4", "x₁ ≤ ٤٢", "Naïve. Zwölf.", "👍 7",
  ].map { Array($0.utf8) }
  static let brokenUTF8: [[UInt8]] = [
    [0xFF, 0xFE, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98], [0xC0, 0xAF], [0x80],
    [0xF8, 0x88, 0x80, 0x80, 0x80], Array("x = ".utf8) + [0xE2, 0x82], [0xF4, 0x90, 0x80, 0x80],
  ]
  static let unicode: [[UInt8]] = [
    "a\0b", "\0", "\u{FEFF}42", "\u{202E}24", "\u{200D}\u{200D}",
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
