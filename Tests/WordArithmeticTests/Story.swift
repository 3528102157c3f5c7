/// An independent reader of the questions: solves them from their text alone.
struct Story {
  private let sentences: [[Substring]]

  init(_ question: String) {
    sentences = question.split { $0 == "." || $0 == "?" }.map { $0.split(separator: " ") }
  }

  private static func numbers(_ words: [Substring]) -> [Int] { words.compactMap { Int($0) } }

  private var net: Int {
    let signs: [Substring: Int] = [
      "found": 1, "got": 1, "bought": 1, "won": 1, "lost": -1, "sold": -1, "used": -1, "gave": -1,
    ]
    return sentences.reduce(0) { sum, words in
      guard words.count > 2, let sign = signs[words[1]], let amount = Self.numbers(words).first
      else { return sum }
      return sum + sign * amount
    }
  }

  /// The answer, read off the words.
  var answer: Int? {
    let first = sentences[0]
    let known = Self.numbers(first)
    let backwards = sentences.contains { $0.first == "Now" }
    if backwards {
      guard let end = sentences.first(where: { $0.first == "Now" }).map(Self.numbers) else { return nil }
      return end.reduce(1, *) - net
    }
    if first.contains("friends") { return known[1] % known[0] == 0 ? known[1] / known[0] + net : nil }
    if first.contains("boxes") { return known[0] * known[1] + net }
    if first[1] == "and" {
      let difference = Self.numbers(sentences[1])[0]
      return (known[0] - difference).isMultiple(of: 2) ? (known[0] - difference) / 2 + net : nil
    }
    return sentences.dropFirst().reduce(known[0] + net) { sum, words in
      guard let amount = Self.numbers(words).first else { return sum }
      return words.contains("more") ? sum + amount : words.contains("fewer") ? sum - amount : sum
    }
  }
}
