internal import PolyaKit

/// The options of a question, in order; the first is A.
struct ChoiceList {
  /// Empty texts where only letters are known.
  let texts: [String]
  /// The words of each.
  let words: [[String]]
  /// The marks behind the last word of each.
  let marks: [[String]]
  /// Whether the question numbers them from 1 on.
  private let isNumbered: Bool
  private let phrases: [Phrase]
  /// Numbers of the words that occur in options.
  private let numbers: [String: Int]

  private init(_ texts: [String], isNumbered: Bool = false) {
    self.texts = texts
    self.isNumbered = isNumbered
    let words = texts.map { Self.words(of: $0) }
    self.words = words
    var numbers: [String: Int] = [:]
    for word in words.joined() where numbers[word] == nil { numbers[word] = numbers.count }
    self.numbers = numbers
    phrases = words.map { Phrase($0.map { numbers[$0] ?? 0 }) }
    marks = texts.map { Token.scan($0).reversed().prefix { !$0.isWord }.reversed().map(\.text) }
  }

  /// The options of the task's metadata, else those that the question lists; nil when there are none.
  init?(metadataJSON: String, question: String) throws(JSON.SyntaxError) {
    let given =
      metadataJSON.isEmpty
      ? nil : try JSON(parsing: metadataJSON)["choices"]?.array?.map { $0.string ?? $0.text }
    let texts = given ?? Self.listed(in: question)
    guard texts.count >= 1, texts.count <= 26 else { return nil }
    self.init(texts, isNumbered: Self.areNumbered(texts, in: question))
  }

  /// Whether each stands on a line "1 - …", "1. …" or "1) …" of the question, in order.
  private static func areNumbered(_ texts: [String], in question: String) -> Bool {
    var next = 0
    for line in question.split(separator: "\n").map({ trimmed($0) }) where next < texts.count {
      let number = "\(next + 1)"
      guard line.hasPrefix(number), line.hasSuffix(trimmed(texts[next][...])) else { continue }
      let marks = line.dropFirst(number.count).prefix { " -.):".contains($0) }
      if line.utf8.count == number.utf8.count + marks.utf8.count + trimmed(texts[next][...]).utf8.count,
        !marks.isEmpty
      {
        next += 1
      }
    }
    return next == texts.count
  }

  /// Whether an option is nothing but an integer.
  var areNumbers: Bool { texts.contains { Int($0.trimmingPrefix { $0 == " " }) != nil } }

  private var hasDigits: Bool { texts.contains { $0.utf8.contains { $0 &- 0x30 < 10 } } }

  /// The option that an answer names by its number in the question.
  func numbered(_ words: [String]) -> Int? {
    guard isNumbered || !hasDigits, words.count == 1, let number = Int(words[0]),
      texts.indices.contains(number - 1)
    else {
      return nil
    }
    return number - 1
  }

  /// Letters alone.
  static let letters = ChoiceList(Array(repeating: "", count: 26))

  /// What is compared of an option: its words in lower case, without an article in front.
  static func words(of text: String) -> [String] {
    let words = Token.scan(text).filter(\.isWord).map(\.text)
    return words.count > 1 && ["a", "an", "the"].contains(words[0]) ? Array(words.dropFirst()) : words
  }

  /// Whether the word occurs in an option.
  func isWord(_ word: String) -> Bool { numbers[word] != nil }

  static func index(ofLetter letter: UInt8?) -> Int? {
    guard let letter, (letter | 0x20) &- 0x61 < 26 else { return nil }
    return Int((letter | 0x20) - 0x61)
  }

  /// For each of a text's words, the options whose words stand from there on; nothing when no option has words.
  func matches(_ text: some Sequence<String>) -> [OptionMask] {
    guard !numbers.isEmpty else { return [] }
    let text = text.map { numbers[$0] ?? -1 }
    var matches = [OptionMask](repeating: [], count: text.count)
    for (option, phrase) in phrases.enumerated() {
      for start in phrase.starts(in: text) { matches[start].insert(OptionMask(option: option)) }
    }
    return matches
  }

  /// The option that a reference names: by its letter ("B", "(B)", "B."), or by its text. A letter wins.
  func index(ofReference reference: String) -> Int? {
    let tokens = Token.scan(reference)
    let words = tokens.filter(\.isWord)
    let hasOnlyMarks = tokens.allSatisfy {
      $0.isWord || ["(", ")", ".", ":", "*", "[", "]"].contains($0.text)
    }
    if words.count == 1, hasOnlyMarks, let index = Self.index(ofLetter: words[0].letter),
      texts.indices.contains(index)
    {
      return index
    }
    let text = Self.trimmed(reference[...])
    let exact = texts.firstIndex { Self.trimmed($0[...]) == text && !$0.isEmpty }
    let compared = Self.words(of: reference)
    let folded = self.words.indices.filter { !self.words[$0].isEmpty && self.words[$0] == compared }
    return exact ?? (folded.count == 1 ? folded[0] : nil)
  }

  /// The last block of lines "(A) …", "A) …", "A. …" in order from A, or of lines "- …" behind "Options:".
  private static func listed(in question: String) -> [String] {
    var lettered: [String] = []
    var dashed: [String] = []
    var isBehindOptions = false
    for line in question.split(separator: "\n").map({ trimmed($0) }) {
      if let (index, text) = label(line) {
        if index == 0 { lettered = [] }
        if index == lettered.count { lettered.append(text) }
      } else if isBehindOptions, line.hasPrefix("- ") {
        dashed.append(trimmed(line.dropFirst(2)))
      }
      if ["options:", "choices:"].contains(line.lowercased()) {
        isBehindOptions = true
        dashed = []
      }
    }
    return lettered.count > 1 ? lettered : dashed
  }

  private static func label(_ line: String) -> (index: Int, text: String)? {
    var rest = line[...]
    if rest.hasPrefix("(") { rest.removeFirst() }
    guard let letter = rest.first, letter.isUppercase, let index = index(ofLetter: letter.asciiValue),
      let mark = rest.dropFirst().first, ").:".contains(mark)
    else { return nil }
    return (index, trimmed(rest.dropFirst(2)))
  }

  private static func trimmed(_ text: Substring) -> String {
    let start = text.firstIndex { !$0.isWhitespace } ?? text.endIndex
    guard let end = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(text[start...end])
  }
}
