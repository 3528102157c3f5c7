/// Words, as numbers, that are looked for in a text: by Knuth, Morris and Pratt, for an option may begin again and again
/// within itself ("a b a b c"), and so may an answer.
struct Phrase {
  private let words: [Int]
  /// The longest beginning of the phrase with which its first words up to each end.
  private let borders: [Int]

  init(_ words: [Int]) {
    self.words = words
    var borders = [Int](repeating: 0, count: words.count)
    for index in words.indices.dropFirst() {
      var length = borders[index - 1]
      while length > 0, words[length] != words[index] { length = borders[length - 1] }
      borders[index] = words[length] == words[index] ? length + 1 : 0
    }
    self.borders = borders
  }

  /// Where the phrase stands in a text, overlaps included; nowhere when it has no words.
  func starts(in text: [Int]) -> [Int] {
    guard !words.isEmpty else { return [] }
    var starts: [Int] = []
    var length = 0
    for (index, word) in text.enumerated() {
      if length == words.count { length = borders[length - 1] }
      while length > 0, words[length] != word { length = borders[length - 1] }
      if words[length] == word { length += 1 }
      if length == words.count { starts.append(index + 1 - length) }
    }
    return starts
  }
}
