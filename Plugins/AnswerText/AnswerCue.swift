/// Where a text says that its answer follows, and what stands there that is none.
package struct AnswerCue {
  /// Where its words begin and end.
  package var range: Range<Int>
  /// Whether its language writes decimals with a comma.
  package var hasDecimalComma: Bool

  /// The last cue of the text.
  package static func last(in text: ArraySlice<UInt8>) -> AnswerCue? {
    var start = text.endIndex - 1
    while start >= text.startIndex {
      if let cue = cue(in: text, at: start) { return cue }
      start -= 1
    }
    return nil
  }

  /// All cues of the text, in order.
  package static func all(in text: ArraySlice<UInt8>) -> [AnswerCue] {
    text.indices.compactMap { cue(in: text, at: $0) }
  }

  private static func cue(in text: ArraySlice<UInt8>, at start: Int) -> AnswerCue? {
    for candidate in candidates[Int(text[start].lowercased)]
    where text.hasFoldedText(candidate.words, at: start) {
      let end = start + candidate.words.utf8CodeUnitCount
      let colon = colon(in: text, from: end)
      if candidate.isNoun ? colon != nil : endsWord(text, at: end) {
        return AnswerCue(range: start..<(colon ?? end), hasDecimalComma: candidate.hasDecimalComma)
      }
    }
    return nil
  }

  private struct Candidate {
    var words: StaticString
    /// Whether it needs a colon.
    var isNoun: Bool
    var hasDecimalComma: Bool
  }

  private static func endsWord(_ text: ArraySlice<UInt8>, at end: Int) -> Bool {
    end == text.endIndex || !text[end].isLetter || text[end - 1].isSpace || text[end - 1] >= 0x80
  }

  /// Behind the colon of a label, which may be emphasized: `**Antwort:**`.
  private static func colon(in text: ArraySlice<UInt8>, from start: Int) -> Int? {
    let rest = text[start...].drop { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: " ") }
    if rest.first == UInt8(ascii: ":") { return rest.startIndex + 1 }
    // A dash before a digit is a minus.
    for mark in ["：", "— ", "– "] as [StaticString] where rest.hasText(mark, at: rest.startIndex) {
      return rest.startIndex + 3
    }
    return nil
  }

  /// By their first byte, since most bytes of a text begin none.
  private static let candidates: [[Candidate]] = {
    var table = [[Candidate]](repeating: [], count: 256)
    func add(_ words: [StaticString], isNoun: Bool, _ hasDecimalComma: Bool) {
      for word in words {
        table[Int(word.utf8Start[0])].append(
          Candidate(words: word, isNoun: isNoun, hasDecimalComma: hasDecimalComma))
      }
    }
    add(phrases, isNoun: false, false)
    add(nouns, isNoun: true, false)
    add(phrasesWithComma, isNoun: false, true)
    add(nounsWithComma, isNoun: true, true)
    return table
  }()

  /// In lowercase; of scripts that have no case, as they are.
  private static let phrases: [StaticString] = [
    "answer is", "answers are", "answer would be", "answer must be", "result is", "solution is", "答案是", "答案为",
    "答案應為", "答案选", "结果是", "结果为", "故选", "应选", "选择", "選擇", "答えは", "正解は", "解答は", "정답은", "답은",
  ]
  private static let phrasesWithComma: [StaticString] = [
    "antwort ist", "antwort lautet", "antwort wäre", "ergebnis ist", "ergebnis lautet", "ergebnis beträgt",
    "lösung ist", "lösung lautet",
    "réponse est", "réponse correcte est", "réponse finale est", "résultat est", "résultat final est",
    "solution est",
    "respuesta es", "respuesta correcta es", "respuesta final es", "resultado es", "solución es",
    "opción correcta es", "risposta è", "risposta corretta è", "risposta giusta è", "risultato è",
    "soluzione è", "resposta é", "resposta correta é", "resposta certa é", "resultado é", "solução é",
    "antwoord is", "odpowiedź to", "cevap",
    "ответ", "Ответ",
  ]
  private static let nouns: [StaticString] = ["答案", "答え", "正解", "答", "정답", "답"]
  private static let nounsWithComma: [StaticString] = [
    "antwort", "ergebnis", "lösung", "réponse", "résultat", "respuesta", "resultado", "solución", "risposta",
    "risultato", "soluzione", "resposta", "solução", "antwoord", "odpowiedź",
  ]

  /// Whether the clause says what the answer is not.
  package static func isNegated(_ clause: ArraySlice<UInt8>) -> Bool {
    for word in ["not ", "n't ", "n’t ", "nicht ", "pas ", "no ", "не "] as [StaticString]
    where clause.hasFoldedText(word, at: clause.startIndex) {
      return true
    }
    return false
  }

  /// Whether what a cue at `index` introduces is only supposed, reported or called wrong: by words before it in its sentence.
  package static func isHypothetical(_ text: ArraySlice<UInt8>, before index: Int) -> Bool {
    let near = text[..<index].suffix(200)
    let start = near.lastIndex { $0.isNewline || ".!?;".utf8.contains($0) }.map { $0 + 1 } ?? near.startIndex
    let before = near[start...].trimmingSpaces()
    if suppositions.contains(where: { before.hasFoldedText($0, at: before.startIndex) }) { return true }
    return reports.contains { before.lastIndex(ofFolded: $0) != nil }
  }

  /// Whether a sentence states a number only as what would be, or calls it wrong.
  package static func isSupposed(_ sentence: ArraySlice<UInt8>) -> Bool {
    if ["wrong answer", "incorrect answer", "first thought"].contains(where: {
      sentence.lastIndex(ofFolded: $0) != nil
    }) {
      return true
    }
    if doubts.contains(where: { sentence.lastIndex(ofFolded: $0) != nil }) { return true }
    guard suppositions.contains(where: { sentence.hasFoldedText($0, at: sentence.startIndex) }) else {
      return false
    }
    return [" would ", " were ", " could "].contains { sentence.lastIndex(ofFolded: $0) != nil }
  }

  private static let doubts: [StaticString] = [
    "might be", "may be ", "would have been", "maybe ", "perhaps ", "possibly ", "not sure",
    "cannot be determined",
    "can't tell",
    "vielleicht", "peut-être", "quizás", "也许", "可能是", "возможно",
  ]
  private static let suppositions: [StaticString] = [
    "for example", "for instance", "e.g.",
    "if ", "suppose", "assume", "assuming", "say the ", "wenn ", "angenommen", "si ", "supposons",
    "supongamos", "如果",
    "假设", "もし", "если",
  ]
  private static let reports: [StaticString] = [
    "might think", "may think", "one could think", "might say", "might guess", "first thought",
    "initially thought",
    "would say", "people say", "false that", "not true that", "untrue that", "thought that", "claim that",
    "a wrong", "the wrong", "an incorrect", "the incorrect", "the false",
    "tempting",
    "someone says", "some say", "would be wrong", "common mistake", "not say",
  ]

  /// Whether a sentence calls what stands before it wrong.
  package static func isReproof(_ sentence: ArraySlice<UInt8>) -> Bool {
    [
      "this is wrong", "that is wrong", "that's wrong", "this is incorrect", "that is incorrect",
      "this is false",
    ].contains {
      sentence.hasFoldedText($0, at: sentence.startIndex)
    }
  }

  /// What a clause puts in place of what it takes back: `not 12 but 10`, `12... no, scratch that, it's 10`.
  package static func instead(in clause: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var place: Int?
    for word in corrections {
      if let start = clause.lastIndex(ofFolded: word) {
        place = max(place ?? start, start + word.utf8CodeUnitCount)
      }
    }
    if place == nil, isNegated(clause) || clause.hasFoldedText("n't ", at: clause.startIndex) {
      for word in replacements {
        if let start = clause.lastIndex(ofFolded: word) { place = start + word.utf8CodeUnitCount }
      }
    }
    guard let place else { return nil }
    let rest = clause[place...].trimming { $0.isSpace || ",:*_".utf8.contains($0) }
    return rest.contains(where: \.isDigit) ? rest : nil
  }

  private static let corrections: [StaticString] = [
    "scratch that", "no, wait", "wait, no", "wait,", "i mean ", "correction:", "or rather", "actually, no",
    "no, it is ",
    "no, it's ", "ではなく", "而是",
  ]
  private static let replacements: [StaticString] = [
    " but ", ", it is ", ", it's ", "; it is ", " instead ", " sondern ", " sino ", " mais ", ", а ",
    " maar ",
  ]

  /// Whether a clause bounds a number instead of stating it.
  package static func isComparison(_ clause: ArraySlice<UInt8>) -> Bool {
    comparisons.contains { clause.lastIndex(ofFolded: $0) != nil }
  }

  private static let comparisons: [StaticString] = [
    " than ", "at least", "at most", "between", "not ", "n't ", "n’t ", "never ", "either ", "over ",
    "below ", "under ", "above ",
    "up to ", "minus ", "negative ", "twice ", "half of", " times ", "divisible", "multiple of", "factor of",
    "coprime", "square",
    "cube", "root of", "reciprocal", "percent of", "modulo", "log ", " plus ", "nicht ", "kleiner", "größer",
    "inférieur",
    "supérieur", "menor", "mayor", "小于", "大于",
  ]

  /// Whether a sentence says what something is not, and not what it is instead.
  package static func isRefuted(_ sentence: ArraySlice<UInt8>) -> Bool {
    refutations.contains { sentence.lastIndex(ofFolded: $0) != nil }
      && !instead.contains { sentence.lastIndex(ofFolded: $0) != nil }
  }

  private static let refutations: [StaticString] = [
    "n't ", "n’t ", "is not ", "cannot be", "is never ", "is wrong", "is incorrect", "is false", "n'est pas",
    "no es ", "ist nicht ", "不是",
    "ではありません", "ではない",
  ]
  private static let instead: [StaticString] = [
    " but ", " it is ", " it's ", " instead", " sino ", " sondern ", "而是", ", so ", " mais ", ", not ",
  ]

  /// Whether the sentence is for the reader, behind the end.
  package static func isRemark(_ sentence: ArraySlice<UInt8>) -> Bool {
    for word in remarks where sentence.hasFoldedText(word, at: sentence.startIndex) { return true }
    return false
  }

  private static let remarks: [StaticString] = [
    "let me know", "i hope", "hope this", "feel free", "if you", "please", "do you", "would you", "thank",
    "check:", "check that", "**check", "verification", "to verify", "verify", "probe:", "vérification",
    "good luck", "is there anything", "i can also", "fun fact", "note:", "note that",
  ]
}
