internal import AnswerText

/// Finds the statements of a completion, in order.
struct StatementFinder {
  private let tokens: [Token]
  private let mentions: [Mention]
  private let sentences: Sentences
  private let cues: [AnswerCue]
  private let judgments: [Bool?]
  /// Last tokens of mentions.
  private let ends: Occurrences
  private let hypotheses: Occurrences
  /// Where `</answer>` begins.
  private let closingTags: Occurrences
  /// The closing brace of each box, by its opening one.
  private var boxEnds: [Int: Int] = [:]

  init(_ completion: [UInt8], _ tokens: [Token]) {
    self.init(completion, tokens, [], Sentences(tokens, []), [])
  }

  /// - Parameter judgments: of the mentions.
  init(
    _ completion: [UInt8], _ tokens: [Token], _ mentions: [Mention], _ sentences: Sentences,
    _ judgments: [Bool?]
  ) {
    self.judgments = judgments
    cues = AnswerCue.all(in: completion[...])
    self.tokens = tokens
    self.mentions = mentions
    self.sentences = sentences
    var ending = [Bool](repeating: false, count: tokens.count)
    for mention in mentions { ending[mention.tokens.upperBound - 1] = true }
    ends = Occurrences(in: tokens.count) { ending[$0] }
    hypotheses = Occurrences(in: tokens.count) { Self.hypotheses.contains(tokens[$0].text) }
    closingTags = Occurrences(in: tokens.count) {
      tokens[$0].text == "<" && Self.has(["<", "/", "answer", ">"], at: $0, tokens)
    }
    boxEnds = boxes()
  }

  private func boxes() -> [Int: Int] {
    var boxes: [Int: Int] = [:]
    var open: [Int] = []
    for index in tokens.indices where !tokens[index].isWord {
      if tokens[index].text == "{" { open.append(index) }
      if tokens[index].text == "}", let start = open.popLast(), start >= 2,
        has(["\\", "boxed"], at: start - 2) || has(["\\", "fbox"], at: start - 2)
      {
        boxes[start] = index
      }
    }
    return boxes
  }

  func statements() -> [Statement] {
    var found: [Statement] = []
    for index in tokens.indices {
      if let scope = box(at: index) ?? emphasis(at: index) ?? tag(at: index) ?? lastHash(at: index) {
        found.append(Statement(scope: scope, isContainer: true))
      } else if let scope = noun(at: index) ?? choosing(at: index) {
        found.append(Statement(scope: scope, isContainer: false))
      }
    }
    for cue in cues {
      if let scope = scope(behind: cue) { found.append(Statement(scope: scope, isContainer: false)) }
    }
    for (mention, judgment) in zip(mentions, judgments) where judgment == true || isCalledRight(mention) {
      found.append(Statement(scope: mention.tokens, isContainer: false))
    }
    return found.filter { !$0.scope.isEmpty }
      .sorted { ($0.scope.upperBound, $0.scope.lowerBound) < ($1.scope.upperBound, $1.scope.lowerBound) }
  }

  private func has(_ words: [String], at index: Int) -> Bool { Self.has(words, at: index, tokens) }

  private static func has(_ words: [String], at index: Int, _ tokens: [Token]) -> Bool {
    index + words.count <= tokens.count && zip(words, tokens[index...]).allSatisfy { $0 == $1.text }
  }

  private func box(at index: Int) -> Range<Int>? {
    guard tokens[index].text == "\\", let end = boxEnds[index + 2] else { return nil }
    return index + 3..<end
  }

  /// `\textbf{(B)}`, as contests print their options.
  private func emphasis(at index: Int) -> Range<Int>? {
    guard tokens[index].text == "\\", has(["\\", "textbf", "{", "("], at: index), index + 6 < tokens.count,
      tokens[index + 5].text == ")", tokens[index + 6].text == "}"
    else { return nil }
    return index + 3..<index + 6
  }

  private func tag(at index: Int) -> Range<Int>? {
    guard tokens[index].text == "<", has(["<", "answer", ">"], at: index) else { return nil }
    return closingTags.first(from: index + 3).map { index + 3..<$0 }
  }

  /// "#### B" as the last line; elsewhere it is a heading.
  private func lastHash(at index: Int) -> Range<Int>? {
    guard tokens[index].startsLine, tokens[index].text == "#", has(["#", "#", "#", "#"], at: index) else {
      return nil
    }
    let scope = index + 4..<tokens.count
    return tokens[scope].contains(where: \.startsLine) ? nil : scope
  }

  /// What a cue of any language announces; how it goes on in English is told by ``noun(at:)``.
  private func scope(behind cue: AnswerCue) -> Range<Int>? {
    let index = index(ofByte: cue.range.upperBound)
    guard index > 0, index < tokens.count else { return nil }
    let last = index - 1
    let before = sentences.start(of: last)..<index
    guard !hypotheses.contains(in: before), !sentences.isQuestion(last) else { return nil }
    return rest(from: index, sentences.end(from: last))
  }

  /// The first token that begins there or later.
  private func index(ofByte byte: Int) -> Int {
    var range = 0..<tokens.count
    while let middle = range.isEmpty ? nil : (range.lowerBound + range.upperBound) / 2 {
      range =
        tokens[middle].bytes.lowerBound < byte ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return range.lowerBound
  }

  private static let nouns: Set<String> = [
    "answer", "choice", "option", "conclusion", "verdict", "selection", "pick", "response", "antwort",
    "lösung", "réponse", "respuesta", "opción", "risposta", "opzione", "resposta", "opção", "alternativa",
    "ответ",
    "вариант",
  ]
  private static let copulas: Set<String> = [
    ":", "=", "is", "be", "was", "→", "➡", "⇒", "are", "remains", "—", "ist", "lautet", "est", "es", "è", "é",
    "это",
  ]
  private static let hypotheses: Set<String> = [
    "if", "suppose", "assume", "assuming", "whether", "unless", "why", "were", "could", "might", "may",
    "isn't", "wasn't", "supposing", "thought", "initially", "originally", "guessed", "guess", "tempting",
    "students", "popular", "people", "many", "some", "wrong", "incorrect", "common",
    "wenn", "falls", "nicht",
  ]

  /// "the (best) answer (to the question) is …", "Answer: …", "Final answer" as a heading: the rest of the sentence, or
  /// the next line.
  private func noun(at index: Int) -> Range<Int>? {
    guard Self.nouns.contains(tokens[index].text) else { return nil }
    let start = sentences.start(of: index)
    let end = sentences.end(from: index)
    let next = ends.count(before: index)
    let named = next < mentions.count ? mentions[next].tokens.lowerBound : end
    let copula = tokens[index + 1..<min(end, index + 9)].firstIndex { Self.copulas.contains($0.text) }
    guard !hypotheses.contains(in: start..<(copula ?? index)), !sentences.isQuestion(index) else {
      return nil
    }
    if let copula {
      guard copula < named || named < index else { return nil }
      return rest(from: copula + 1, end)
    }
    let isHeading =
      !tokens[index + 1..<end].contains(where: \.isWord)
      && tokens[start..<index].allSatisfy { !$0.isWord || Self.headings.contains($0.text) }
    return isHeading ? rest(from: end, end) : nil
  }

  private static let headings: Set<String> = ["the", "final", "my", "our", "correct", "best", "right", "so"]
  private static let brackets: Set<String> = ["(", "[", "{", "<", ">", "}", "]", ")"]

  /// The rest of the sentence; where nothing is left of it, the first sentence of the next line.
  private func rest(from index: Int, _ end: Int) -> Range<Int>? {
    let start = index..<max(index, end)
    if tokens[start].contains(where: { $0.isWord || Self.brackets.contains($0.text) }) { return start }
    var next = end
    while next < tokens.count, !tokens[next].isWord, tokens[next].text != "\\",
      !Self.brackets.contains(tokens[next].text)
    {
      next += 1
    }
    guard next < tokens.count else { return nil }
    return next..<sentences.end(from: next)
  }

  /// With what belongs to them.
  private static let verbs: [String: [String]] = [
    "choose": [], "pick": [], "select": [], "conclude": [], "go": ["with"], "opt": ["for"], "wähle": [],
    "choisis": [], "elijo": [], "escolho": [], "scelgo": [], "выбираю": [],
  ]
  private static let subjects: Set<String> = ["i", "we", "i'll", "i'd", "we'll", "i'm", "ich", "je", "я"]
  /// Verbs that say who chooses.
  private static let personal: Set<String> = ["elijo", "escolho", "scelgo", "выбираю"]

  /// "I choose …", "we go with …".
  private func choosing(at index: Int) -> Range<Int>? {
    let verb = tokens[index].text
    guard let following = Self.verbs[verb], has([verb] + following, at: index) else { return nil }
    let length = 1 + following.count
    guard
      Self.personal.contains(verb)
        || tokens[max(0, index - 3)..<index].contains(where: { Self.subjects.contains($0.text) })
    else { return nil }
    guard !sentences.isQuestion(index) else { return nil }
    return index + length..<max(index + length, sentences.end(from: index))
  }

  /// "B is correct", "(B) must be the right answer".
  private func isCalledRight(_ mention: Mention) -> Bool {
    let start = mention.tokens.upperBound
    let end = min(sentences.end(from: mention.tokens.lowerBound), start + 7)
    guard start < end else { return false }
    var words = tokens[start..<end].prefix { ![",", "because", "since", "but", "than"].contains($0.text) }
      .filter(\.isWord).map(\.text)[...]
    let before = sentences.start(of: mention.tokens.lowerBound)..<mention.tokens.lowerBound
    guard let verb = words.popFirst(), Self.callingVerbs.contains(verb),
      !hypotheses.contains(in: before),
      !tokens[before].suffix(Self.farthest).contains(where: { $0.text == "none" }),
      !sentences.isQuestion(mention.tokens.lowerBound)
    else { return false }
    return words.contains { Self.praises.contains($0) } && !words.contains { Self.negations.contains($0) }
  }

  /// Tokens before a mention that may say that none of a list is right.
  private static let farthest = 24
  private static let callingVerbs: Set<String> = [
    "is", "must", "would", "should", "seems", "remains", "has", "ist", "est", "es", "è", "é",
  ]
  private static let praises: Set<String> = [
    "correct", "right", "answer", "best", "richtig", "korrekt", "correcte", "juste", "correcta", "correcto",
    "corretta", "giusta", "correta", "верно",
  ]
  private static let negations: Set<String> = ["not", "never", "cannot", "nicht", "pas", "non", "не"]
}
