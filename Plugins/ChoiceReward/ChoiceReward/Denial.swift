/// The words that say of an option that it is not the answer, or only that somebody might think so.
enum Denial {
  /// Whether words begin here that deny what follows them in their clause.
  static func begins(at index: Int, _ tokens: [Token]) -> Bool {
    let word = tokens[index].text
    if words.contains(word) { return true }
    guard let next = pairs[word] else { return isForeign(index, tokens) }
    return index + 1 < tokens.count && next.contains(tokens[index + 1].text)
  }

  private static let words: Set<String> = [
    "not", "isn't", "never", "neither", "nor", "than", "instead", "except", "unlike", "without",
    "wasn't",
    "cannot", "can't", "eliminate", "eliminates", "eliminating", "eliminated", "excludes", "exclude",
    "excluding", "rule", "rules", "ruling", "over", "against", "reject", "rejecting", "misconception",
    "tempting", "initially", "originally", "mistakenly", "wrongly", "doesn't", "don't", "nicht", "kein",
    "keine", "pas", "не",
  ]
  private static let opinions: Set<String> = [
    "say", "said", "think", "thought", "believe", "believed", "assume", "guess", "would", "might", "claim",
    "answer",
    "pick", "choose",
  ]
  private static let pairs: [String: Set<String>] = [
    "people": opinions, "some": opinions, "many": opinions, "most": opinions, "others": opinions,
    "one": ["might", "may"], "you": ["might", "may"], "students": opinions,
    "i": ["thought", "suspected", "considered"],
    "first": ["thought", "guess", "instinct", "impression", "guessed"], "ruled": ["out"],
    "common": ["mistake", "error"],
    "none": ["of"], "no": ["es", "era", "puede", "é"], "non": ["è", "può"], "não": ["é", "pode"],
    "rather": ["than"],
  ]

  private static func isForeign(_ index: Int, _ tokens: [Token]) -> Bool {
    ["不", "非"].contains(tokens[index].text) && index + 1 < tokens.count
      && ["是", "选"].contains(tokens[index + 1].text)
  }

  /// Whether the words from there on deny what stands before them: "is wrong", "didn't do it".
  static func behind(_ start: Int, _ sentences: Sentences, _ tokens: [Token]) -> Bool {
    let end = sentences.end(from: start - 1)
    guard start < end else { return false }
    let after = tokens[start..<min(end, start + 8)].prefix { !breaks.contains($0.text) }.filter(\.isWord)
      .map(\.text)
    guard let verb = after.first else { return false }
    if denyingVerbs.contains(verb) { return true }
    return verbs.contains(verb) && after.dropFirst().contains { denyingWords.contains($0) }
  }

  private static let breaks: Set<String> = [
    ",", ";", "but", "so", "because", "since", "hence", "thus", "therefore", "and", "while", "whereas",
  ]
  private static let denyingVerbs: Set<String> = [
    "isn't", "cannot", "can't", "wasn't", "doesn't", "didn't", "couldn't", "wouldn't", "aren't", "won't",
    "fails", "fail",
  ]
  private static let verbs: Set<String> = [
    "is", "was", "are", "were", "can", "could", "must", "has", "have", "had", "would", "seems", "does",
    "did", "do", "also", "both", "ist", "est", "es", "è", "é",
  ]
  private static let denyingWords: Set<String> = [
    "not", "wrong", "incorrect", "impossible", "eliminated", "excluded", "ruled", "unlikely", "never",
    "innocent", "false", "alibi", "cleared", "exonerated", "out", "too", "falsch", "faux", "fausse",
    "incorrecta", "incorrecto", "sbagliata", "errada", "nicht", "pas", "неверно",
  ]
}
