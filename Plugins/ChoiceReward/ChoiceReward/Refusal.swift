/// An answer that is none of the options: "none of the above", "I don't know", "AB".
enum Refusal {
  /// Behind the last words of the scope that refuse to choose; nil when there are none.
  static func end(in scope: Range<Int>, _ tokens: [Token], _ choices: ChoiceList) -> Int? {
    let places = scope.filter { tokens[$0].isWord }
    let words = places.map { tokens[$0].text }
    if words.count == 1, isRunOfLetters(words[0], choices) { return scope.upperBound }
    for index in words.indices.prefix(mostWords).reversed() {
      for phrase in phrases where words[index...].starts(with: phrase) && !choices.isWord(phrase[0]) {
        return places[index + phrase.count - 1] + 1
      }
    }
    return nil
  }

  private static let mostWords = 32

  /// Letters of several options, which together are no word of an option.
  private static func isRunOfLetters(_ word: String, _ choices: ChoiceList) -> Bool {
    let letters = Array(word.utf8)
    return (2...4).contains(letters.count) && !choices.isWord(word)
      && letters.allSatisfy {
        ChoiceList.index(ofLetter: $0).map { $0 < min(choices.texts.count, 8) } ?? false
      }
  }

  private static let phrases: [[String]] = [
    ["none"], ["neither"], ["don't", "know"], ["do", "not", "know"], ["don't", "have", "enough"],
    ["not", "sure"],
    ["cannot", "determine"], ["cannot", "be", "determined"], ["can't", "determine"],
    ["can't", "be", "determined"],
    ["cannot", "say"], ["can't", "say"], ["cannot", "tell"], ["can't", "tell"], ["cannot", "answer"],
    ["can't", "answer"],
    ["cannot", "choose"], ["unable", "to"], ["not", "enough"], ["insufficient"], ["impossible", "to"],
    ["unknown"],
    ["undetermined"], ["not", "listed"], ["not", "among"], ["no", "option"], ["no", "correct"], ["keine"],
    ["aucune"],
    ["ninguna"], ["weiß", "nicht"],
    ["isn't", "enough"], ["won't", "pick"], ["won't", "choose"], ["not", "going", "to"], ["can't", "choose"],
    ["can't", "decide"], ["cannot", "decide"],
  ]
}
