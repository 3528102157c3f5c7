/// What a part of a completion commits itself to.
enum Commitment: Equatable {
  /// Options; several when it names more than one ("A or B"), or one whose words are another's too.
  case chosen([Int], tokens: Range<Int>, isSeveral: Bool)
  /// Only says what it is not.
  case denied([Int])
  /// Names none.
  case none
}

/// Tells affirmed mentions from denied ones, and an answer from its reasons.
struct CommitmentReader {
  private let tokens: [Token]
  private let sentences: Sentences

  init(_ tokens: [Token], _ sentences: Sentences) {
    self.tokens = tokens
    self.sentences = sentences
  }

  private static let denials: Set<String> = [
    "not", "isn't", "never", "neither", "nor", "than", "instead", "except", "unlike", "without", "wasn't",
    "cannot",
    "can't", "eliminate", "eliminates", "eliminating", "excludes", "exclude", "excluding", "rule", "rules",
    "ruling",
    "over", "against", "reject", "rejecting",
  ]
  private static let breaks: Set<String> = [
    ",", ";", "but", "so", "because", "since", "hence", "thus", "therefore",
  ]
  private static let joints: Set<String> = [
    "or", "and", ",", "/", "&", "both", "either", "option", "options", "choice", "(", ")", "*", "\"", "the",
    "a", "an",
    "'", "`", "[", "]",
  ]
  private static let revisions: Set<String> = [
    "wait", "actually", "correction", "sorry", "hmm", "rather", "no",
  ]

  /// The first affirmed option of the scope, with those that "or" and "and" join to it; what follows is its reason,
  /// unless the writer changes their mind ("A, no wait, B").
  func commitment(_ scope: Range<Int>, _ mentions: [Mention]) -> Commitment {
    var chosen: [Mention] = []
    var denied: [Int] = []
    var previous: (end: Int, isDenied: Bool)?
    for mention in mentions where scope.contains(mention.tokens.lowerBound) {
      let gap = (previous?.end ?? scope.lowerBound)..<mention.tokens.lowerBound
      let isJoined = previous != nil && joins(gap)
      let isDenied = isDenied(mention, gap) || (isJoined && previous?.isDenied ?? false && !isContrast(gap))
      if isDenied {
        denied += mention.options
      } else if chosen.isEmpty || tokens[gap].contains(where: { Self.revisions.contains($0.text) }) {
        chosen = [mention]
      } else if isJoined {
        chosen.append(mention)
      }
      previous = (mention.tokens.upperBound, isDenied)
    }
    guard let first = chosen.first, let last = chosen.last else {
      return denied.isEmpty ? .none : .denied(denied)
    }
    let options = chosen.flatMap(\.options)
    return .chosen(
      options, tokens: first.tokens.lowerBound..<last.tokens.upperBound,
      isSeveral: chosen.contains { $0.options != first.options })
  }

  /// All options that are affirmed anywhere in the scope.
  func affirmed(_ scope: Range<Int>, _ mentions: [Mention]) -> [Mention] {
    var end = scope.lowerBound
    return mentions.filter { mention in
      guard scope.contains(mention.tokens.lowerBound) else { return false }
      defer { end = mention.tokens.upperBound }
      return !isDenied(mention, end..<mention.tokens.lowerBound)
    }
  }

  private func joins(_ gap: Range<Int>) -> Bool {
    let texts = tokens[gap].map(\.text)
    return texts.allSatisfy { Self.joints.contains($0) }
      && texts.contains { ["or", "and", ",", "/", "&"].contains($0) }
  }

  private func isContrast(_ gap: Range<Int>) -> Bool { tokens[gap].contains { $0.text == "," } }

  private func isDenied(_ mention: Mention, _ gap: Range<Int>) -> Bool {
    let clause =
      tokens[gap].lastIndex { Self.breaks.contains($0.text) }.map { $0 + 1..<gap.upperBound } ?? gap
    if tokens[clause].contains(where: { Self.denials.contains($0.text) }) { return true }
    let end = sentences.end(from: mention.tokens.upperBound - 1)
    let after = tokens[min(end, mention.tokens.upperBound)..<min(end, mention.tokens.upperBound + 6)]
      .prefix { !Self.breaks.contains($0.text) }.filter(\.isWord).map(\.text)
    guard let verb = after.first else { return false }
    if ["isn't", "cannot", "can't", "wasn't", "doesn't", "didn't", "couldn't"].contains(verb) { return true }
    guard ["is", "was", "can", "could", "must", "has", "would", "seems", "does", "did"].contains(verb) else {
      return false
    }
    let denying: Set<String> = [
      "not", "wrong", "incorrect", "impossible", "eliminated", "excluded", "ruled", "unlikely", "never",
    ]
    return after.dropFirst().contains { denying.contains($0) }
  }
}
