/// How much of an answer says the same again.
enum Repetition {
  /// The share of n-grams that occurred before: `1 - distinct / all`, 0 for fewer than two (the repetition penalty of
  /// Yeo et al. 2025, arXiv:2502.03373, in its plain form).
  ///
  /// An n-gram is not looked at element by element, which would take n times the length: pieces of 1, 2, 4, … elements
  /// get numbers, the same for the same piece, and an n-gram is the two such pieces that cover it.
  static func share<Element: Hashable>(_ items: [Element], n: Int) -> Double {
    let count = items.count - n + 1
    guard n > 0, count > 1 else { return 0 }
    var (numbers, distinct) = numbered(items)
    var length = 1
    while length < n {
      let step = min(length, n - length)
      (numbers, distinct) = numbered((0..<numbers.count - step).map { Pair(numbers[$0], numbers[$0 + step]) })
      length += step
    }
    return 1 - Double(distinct) / Double(count)
  }

  private struct Pair: Hashable {
    let first, second: Int

    init(_ first: Int, _ second: Int) { (self.first, self.second) = (first, second) }
  }

  /// A number for each item, the same for the same, and how many there are.
  static func numbered<Element: Hashable>(_ items: [Element]) -> (numbers: [Int], distinct: Int) {
    var known: [Element: Int] = [:]
    let numbers = items.map { item in
      if let number = known[item] { return number }
      let number = known.count
      known[item] = number
      return number
    }
    return (numbers, known.count)
  }

  /// The share of the answer that its final loop takes: the longest end that is one piece at least twice in a row,
  /// without the piece's first time; 0 when it ends in no loop.
  ///
  /// The end backwards is a prefix; the prefix function of Knuth, Morris and Pratt gives the smallest period of each.
  static func loop<Element: Hashable>(_ items: [Element]) -> Double {
    let reversed = Array(numbered(items).numbers.reversed())
    var border = [Int](repeating: 0, count: reversed.count)
    var looped = 0
    for index in reversed.indices.dropFirst() {
      var length = border[index - 1]
      while length > 0, reversed[length] != reversed[index] { length = border[length - 1] }
      if reversed[length] == reversed[index] { length += 1 }
      border[index] = length
      let period = index + 1 - length
      if 2 * period <= index + 1 { looped = max(looped, length) }
    }
    return items.isEmpty ? 0 : Double(looped) / Double(items.count)
  }
}
