internal import AnswerText

/// Whether a sentence says in words what a reference in words says: "The limit does not exist", "It is an ellipse".
struct ProseText {
  private let wanted: [String]

  /// nil unless the reference is a few words.
  init?(reference: ArraySlice<UInt8>) {
    let words = Self.words(MathSurface.normalize(reference)[...])
    let kept = words == ["dne"] ? ["does", "not", "exist"] : Array(words.drop { Self.articles.contains($0) })
    guard (1...6).contains(kept.count), kept.contains(where: { $0.count >= 2 }),
      kept.allSatisfy({ $0.utf8.allSatisfy { !$0.isDigit } })
    else { return nil }
    wanted = kept
  }

  /// Whether the statement begins with a wanted "yes" or "no", or ends with what is wanted and does not deny it.
  func isStated(in statement: ArraySlice<UInt8>) -> Bool {
    let head = Self.head(MathSurface.normalize(statement)[...])
    if wanted == ["no", "solution"] || wanted == ["no", "solutions"], Self.isUnsolvable(head) {
      return true
    }
    var words = Self.words(head)
    guard words.count >= wanted.count, !words.contains(where: Self.hedges.contains) else { return false }
    if wanted.count == 1, Self.verdicts.contains(wanted[0]), words[0] == wanted[0],
      words.dropFirst().first != "or"
    {
      return true
    }
    // "an even function" is even.
    if let last = words.last, Self.nouns.contains(last), last != wanted.last, words.count > wanted.count {
      words.removeLast()
    }
    guard words.suffix(wanted.count).elementsEqual(wanted) else { return false }
    let before = words.dropLast(wanted.count).reversed().drop { Self.articles.contains($0) }.prefix(2)
    return !before.contains(where: Self.negations.contains)
  }

  private static func isUnsolvable(_ text: ArraySlice<UInt8>) -> Bool {
    unsolvable.contains { text.lastIndex(ofFolded: $0) != nil }
  }

  private static let unsolvable: [StaticString] = [
    "has no solution", "has no real solution", "have no solution", "no solutions exist", "no solution exists",
    "there are no solutions", "there are no real solutions", "there is no real solution", "pas de solution",
    "aucune solution", "keine lösung", "no tiene solución", "no hay solución", "nessuna soluzione", "无解",
    "無解", "没有解",
    "解なし", "解はない", "нет решений", "решений нет",
  ]

  /// Up to a reason.
  private static func head(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var end = text.endIndex
    for word in [", because", " because ", ", since", " since ", ", as "] as [StaticString] {
      if let place = text.firstRange(ofText: word) { end = min(end, place.lowerBound) }
    }
    return text[..<end]
  }

  private static func words(_ text: ArraySlice<UInt8>) -> [String] {
    text.split { !$0.isLetter && !$0.isDigit && $0 < 0x80 }.map {
      String(decoding: $0.map(\.lowercased), as: UTF8.self)
    }
  }

  private static let nouns: Set<String> = [
    "function", "number", "integer", "matrix", "graph", "series", "sequence", "triangle", "one", "event",
    "events",
  ]
  private static let articles: Set<String> = ["a", "an", "the"]
  private static let verdicts: Set<String> = ["yes", "no", "true", "false"]
  private static let hedges: Set<String> = [
    "either", "maybe", "perhaps", "might", "possibly", "unless", "if", "suppose", "assume", "whether",
  ]
  /// "t" is what is left of "isn't".
  private static let negations: Set<String> = [
    "not", "no", "never", "t", "cannot", "neither", "nor", "or", "non",
  ]
}
