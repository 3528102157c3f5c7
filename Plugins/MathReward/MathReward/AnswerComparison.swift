/// Whether two answers are the same. Exact: no tolerance, no floating point.
enum AnswerComparison {
  /// Percent: `50%` is a half, and a bare `50` too, for references of word problems leave the sign out.
  static func areEqual(_ left: Answer, _ right: Answer) -> Bool {
    switch (left, right) {
    case (.number(let a, let aPercent), .number(let b, let bPercent)):
      if a == b { return true }
      guard aPercent != bPercent else { return false }
      return aPercent ? a == b * Rational.powerOfTen(2) : b == a * Rational.powerOfTen(2)
    case (.tuple(let a, let aOpen, let aClose), .tuple(let b, let bOpen, let bClose)):
      return aOpen == bOpen && aClose == bClose && a.count == b.count
        && zip(a, b).allSatisfy { areEqual($0, $1) }
    case (.collection(let a), .collection(let b)): return haveSameMembers(a, b)
    case (.collection(let a), let b), (let b, .collection(let a)): return a.count == 1 && areEqual(a[0], b)
    case (.text(let a), .text(let b)): return a.compact == b.compact || (a.words != nil && a.words == b.words)
    default: return false
    }
  }

  /// Equal as multisets. Greedy matching is exact but for percent, whose equality is not transitive.
  private static func haveSameMembers(_ left: [Answer], _ right: [Answer]) -> Bool {
    guard left.count == right.count else { return false }
    var unmatched = right
    for answer in left {
      guard let match = unmatched.firstIndex(where: { areEqual(answer, $0) }) else { return false }
      unmatched.remove(at: match)
    }
    return true
  }
}
