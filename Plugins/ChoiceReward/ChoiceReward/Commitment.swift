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
  /// All of the completion, in order.
  let mentions: [Mention]
  /// First tokens of mentions.
  private let starts: Occurrences
  private let breaks: Occurrences
  private let denials: Occurrences
  /// Of each mention, whether it goes on to the next with "or" or "and", if need be over more commas.
  private var isListed: [Bool] = []
  /// Of each mention, whether what follows it denies it.
  private var isDeniedBehind: [Bool] = []
  /// For each mention, the first from there on that is affirmed even if the one before it is denied.
  private var nextAffirmed: [Int] = []

  /// - Parameter judgments: of the mentions, where the text judges them in a list.
  init(_ tokens: [Token], _ sentences: Sentences, _ mentions: [Mention], _ judgments: [Bool?]) {
    self.tokens = tokens
    self.sentences = sentences
    self.mentions = mentions
    var starting = [Bool](repeating: false, count: tokens.count)
    for mention in mentions { starting[mention.tokens.lowerBound] = true }
    starts = Occurrences(in: tokens.count) { starting[$0] }
    breaks = Occurrences(in: tokens.count) { Self.breaks.contains(tokens[$0].text) }
    denials = Occurrences(in: tokens.count) { Denial.begins(at: $0, tokens) }
    findLists(judgments)
    nextAffirmed = affirmedAfterDenial()
  }

  private static let breaks: Set<String> = [
    ",", ";", "but", "so", "because", "since", "hence", "thus", "therefore", "leaves", "leaving", "leave",
    "sondern", "mais", "sino", "ma", "mas", "а",
  ]
  private static let joints: Set<String> = [
    "or", "and", "nor", ",", "/", "&", "both", "either", "option", "options", "choice", "(", ")", "*", "\"",
    "the",
    "a", "an",
    "'", "`", "[", "]",
  ]
  private static let joiners: Set<String> = ["or", "and", "nor", ",", "/", "&"]
  private static let revisions: Set<String> = [
    "wait", "actually", "correction", "sorry", "hmm", "rather", "no",
  ]

  /// Fills what the lists of mentions say, from the last one on.
  private mutating func findLists(_ judgments: [Bool?]) {
    isListed = [Bool](repeating: false, count: mentions.count)
    isDeniedBehind = isListed
    for number in mentions.indices.reversed() {
      var verdict = Denial.behind(mentions[number].tokens.upperBound, sentences, tokens)
      if number + 1 < mentions.count {
        let gap = mentions[number].tokens.upperBound..<mentions[number + 1].tokens.lowerBound
        if joins(gap) {
          isListed[number] =
            isListed[number + 1] || tokens[gap].contains { ["or", "and", "nor"].contains($0.text) }
          // "A, C and D are wrong" says it of all.
          if isListed[number], isDeniedBehind[number + 1], isPlural(number + 1) { verdict = true }
        }
      }
      isDeniedBehind[number] = judgments[number].map { !$0 } ?? verdict
    }
  }

  /// Whether what is said of a list's mention is said of all before it.
  private func isPlural(_ number: Int) -> Bool {
    let next = mentions[number].tokens.upperBound
    return isListed[number]
      || (next < tokens.count && ["are", "were", "can", "cannot", "can't"].contains(tokens[next].text))
  }

  private func affirmedAfterDenial() -> [Int] {
    var next = mentions.count
    var found = [Int](repeating: next, count: mentions.count + 1)
    for number in mentions.indices.dropFirst().reversed() {
      let gap = mentions[number - 1].tokens.upperBound..<mentions[number].tokens.lowerBound
      if !isDenied(number, gap), !joins(gap) || isContrast(gap, before: number) { next = number }
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
    return isDenied(first, gap) && nextAffirmed[first + 1] >= named.upperBound ? named : nil
  }

  /// Of a scope in which something is affirmed.
  private func chosen(_ scope: Range<Int>) -> Commitment {
    var chosen: [Mention] = []
    var previous: (end: Int, isDenied: Bool)?
    for number in starts.numbers(in: scope) {
      let mention = mentions[number]
      let gap = (previous?.end ?? scope.lowerBound)..<mention.tokens.lowerBound
      let isJoined = previous != nil && joins(gap)
      let isDenied =
        isDenied(number, gap)
        || (isJoined && previous?.isDenied ?? false && !isContrast(gap, before: number))
      if !isDenied {
        if chosen.isEmpty || tokens[gap].contains(where: { Self.revisions.contains($0.text) }) {
          chosen = [mention]
        } else if isJoined, chosen.last?.tokens.upperBound == previous?.end {
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

  /// What a sentence begins with, where only a reason follows: "B, because A and C are …".
  func leading(in sentence: Range<Int>) -> [Mention]? {
    guard let number = starts.numbers(in: sentence).first,
      tokens[sentence.lowerBound..<mentions[number].tokens.lowerBound].allSatisfy({ !$0.isWord }),
      let next = tokens[mentions[number].tokens.upperBound..<sentence.upperBound].first(where: \.isWord),
      ["because", "since", "as", "for"].contains(next.text), !isDeniedBehind[number]
    else { return nil }
    return [mentions[number]]
  }

  /// Whether a mention begins at a token.
  func isMention(_ token: Int) -> Bool { starts.contains(in: token..<token + 1) }

  /// Whether what follows the mention denies it.
  func isDenied(_ number: Int) -> Bool { isDeniedBehind[number] }

  /// All mentions that are affirmed anywhere in the scope.
  func affirmed(_ scope: Range<Int>) -> [Mention] {
    var previous: (end: Int, isDenied: Bool)?
    return starts.numbers(in: scope).filter { number in
      let gap = (previous?.end ?? scope.lowerBound)..<mentions[number].tokens.lowerBound
      let isCarried = previous?.isDenied == true && joins(gap) && !isContrast(gap, before: number)
      let isDenied = isCarried || isDenied(number, gap)
      previous = (mentions[number].tokens.upperBound, isDenied)
      return !isDenied
    }.map { mentions[$0] }
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

  /// Whether a denial ends at the comma before a mention: "not A, B", but not "not A, B or C".
  private func isContrast(_ gap: Range<Int>, before number: Int) -> Bool {
    tokens[gap].contains { $0.text == "," } && !isListed[number]
      && !tokens[gap].contains { ["or", "nor"].contains($0.text) }
  }

  private func isDenied(_ number: Int, _ gap: Range<Int>) -> Bool {
    let clause = (breaks.last(in: gap).map { $0 + 1 } ?? gap.lowerBound)..<gap.upperBound
    return denials.contains(in: clause) || isDeniedBehind[number]
  }
}
