/// What a part of a completion commits itself to.
enum Commitment: Equatable {
  /// Options; several when it names more than one ("A or B"), or one whose words are another's too.
  case chosen(OptionMask, tokens: Range<Int>, isSeveral: Bool)
  /// Only says what it is not; which of the mentions say so.
  case denied(Range<Int>)
  /// Names none.
  case none
}

/// Tells affirmed mentions from denied ones, and an answer from its reasons.
///
/// Statements may overlap as often as there are words in an answer ("the answer is not A, the answer is not …"), so that
/// none may cost a look at all its words: what does not depend on where a statement begins is found out once.
struct CommitmentReader {
  private let tokens: [Token]
  private let sentences: Sentences
  private let mentions: [Mention]
  /// First tokens of mentions.
  private let starts: Occurrences
  private let breaks: Occurrences
  private let denials: Occurrences
  /// For each mention, the first from there on that is affirmed even if the one before it is denied.
  private var nextAffirmed: [Int] = []

  init(_ tokens: [Token], _ sentences: Sentences, _ mentions: [Mention]) {
    self.tokens = tokens
    self.sentences = sentences
    self.mentions = mentions
    var starting = [Bool](repeating: false, count: tokens.count)
    for mention in mentions { starting[mention.tokens.lowerBound] = true }
    starts = Occurrences(in: tokens.count) { starting[$0] }
    breaks = Occurrences(in: tokens.count) { Self.breaks.contains(tokens[$0].text) }
    denials = Occurrences(in: tokens.count) { Self.denials.contains(tokens[$0].text) }
    nextAffirmed = affirmedAfterDenial()
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
  private static let joiners: Set<String> = ["or", "and", ",", "/", "&"]
  private static let revisions: Set<String> = [
    "wait", "actually", "correction", "sorry", "hmm", "rather", "no",
  ]

  private func affirmedAfterDenial() -> [Int] {
    var next = mentions.count
    var found = [Int](repeating: next, count: mentions.count + 1)
    for number in mentions.indices.dropFirst().reversed() {
      let gap = mentions[number - 1].tokens.upperBound..<mentions[number].tokens.lowerBound
      if !isDenied(mentions[number], gap), !joins(gap) || isContrast(gap) { next = number }
      found[number] = next
    }
    return found
  }

  /// The first affirmed option of the scope, with those that "or" and "and" join to it; what follows is its reason,
  /// unless the writer changes their mind ("A, no wait, B").
  ///
  /// Takes time in proportion to the scope only where something is chosen.
  func commitment(_ scope: Range<Int>) -> Commitment {
    guard let named = denied(scope) else { return chosen(scope) }
    return named.isEmpty ? .none : .denied(named)
  }

  /// The mentions of the scope when none of them is affirmed, else nil.
  private func denied(_ scope: Range<Int>) -> Range<Int>? {
    let named = starts.numbers(in: scope)
    guard let first = named.first else { return named }
    let gap = scope.lowerBound..<mentions[first].tokens.lowerBound
    return isDenied(mentions[first], gap) && nextAffirmed[first + 1] >= named.upperBound ? named : nil
  }

  /// Of a scope in which something is affirmed.
  private func chosen(_ scope: Range<Int>) -> Commitment {
    var chosen: [Mention] = []
    var previous: (end: Int, isDenied: Bool)?
    for mention in mentions[starts.numbers(in: scope)] {
      let gap = (previous?.end ?? scope.lowerBound)..<mention.tokens.lowerBound
      let isJoined = previous != nil && joins(gap)
      let isDenied = isDenied(mention, gap) || (isJoined && previous?.isDenied ?? false && !isContrast(gap))
      if !isDenied {
        if chosen.isEmpty || tokens[gap].contains(where: { Self.revisions.contains($0.text) }) {
          chosen = [mention]
        } else if isJoined {
          chosen.append(mention)
        }
      }
      previous = (mention.tokens.upperBound, isDenied)
    }
    guard let first = chosen.first, let last = chosen.last else { return .none }
    return .chosen(
      OptionMask(chosen.map(\.options)), tokens: first.tokens.lowerBound..<last.tokens.upperBound,
      isSeveral: chosen.contains { $0.options != first.options })
  }

  /// All mentions that are affirmed anywhere in the scope.
  func affirmed(_ scope: Range<Int>) -> [Mention] {
    var end = scope.lowerBound
    return mentions[starts.numbers(in: scope)].filter { mention in
      defer { end = mention.tokens.upperBound }
      return !isDenied(mention, end..<mention.tokens.lowerBound)
    }
  }

  /// Whether one of the ranges of mentions, which are in order of their ends, names all of the options.
  func isEachNamed(_ options: OptionMask, in ranges: some Sequence<Range<Int>>) -> Bool {
    let options = options.options
    var latest = [Int](repeating: -1, count: UInt32.bitWidth)
    var next = 0
    for range in ranges {
      while next < range.upperBound {
        for option in options where mentions[next].options.contains(OptionMask(option: option)) {
          latest[option] = next
        }
        next += 1
      }
      if options.allSatisfy({ latest[$0] >= range.lowerBound }) { return true }
    }
    return false
  }

  private func joins(_ gap: Range<Int>) -> Bool {
    tokens[gap].allSatisfy { Self.joints.contains($0.text) }
      && tokens[gap].contains { Self.joiners.contains($0.text) }
  }

  private func isContrast(_ gap: Range<Int>) -> Bool { tokens[gap].contains { $0.text == "," } }

  private func isDenied(_ mention: Mention, _ gap: Range<Int>) -> Bool {
    let clause = (breaks.last(in: gap).map { $0 + 1 } ?? gap.lowerBound)..<gap.upperBound
    if denials.contains(in: clause) { return true }
    let end = sentences.end(from: mention.tokens.upperBound - 1)
    let after = tokens[min(end, mention.tokens.upperBound)..<min(end, mention.tokens.upperBound + 6)]
      .prefix { !Self.breaks.contains($0.text) }.filter(\.isWord).map(\.text)
    guard let verb = after.first else { return false }
    if Self.denyingVerbs.contains(verb) { return true }
    return Self.verbs.contains(verb) && after.dropFirst().contains { Self.denyingWords.contains($0) }
  }

  private static let denyingVerbs: Set<String> = [
    "isn't", "cannot", "can't", "wasn't", "doesn't", "didn't", "couldn't",
  ]
  private static let verbs: Set<String> = [
    "is", "was", "can", "could", "must", "has", "would", "seems", "does", "did",
  ]
  private static let denyingWords: Set<String> = [
    "not", "wrong", "incorrect", "impossible", "eliminated", "excluded", "ruled", "unlikely", "never",
  ]
}
