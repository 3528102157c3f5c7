/// A disjoint part of the world: no question stands in two of them, whatever the seed and the options.
public enum Split: String, CaseIterable, Sendable {
  /// Stories of all lengths, to train a base model on before anything is measured.
  case corpus
  case train, validation, test
  /// Longer stories than `train` ever has: a base has seen such lengths, the method under test never.
  case ood
}

/// The structure of a question, which decides what approaches can work on it.
public enum Kind: String, CaseIterable, Sendable {
  /// Something is had, events follow; how many at the end?
  case chain
  /// The end and the events are known; how many at the start?
  case start
  /// Each of several people has more or fewer than the one before; how many has the last?
  case compare
  /// Things are shared equally, events follow.
  case share
  /// So many boxes of so many things each, events follow.
  case rate
  /// A sum and a difference are known (two unknowns), events follow.
  case pair
  /// How many at the start, when at the end all fill so many boxes of so many each: the product wants
  /// decomposing and the story wants working backwards, so that no single approach does both.
  case packed

  /// The numbers of steps that a story of this kind can have.
  public var steps: ClosedRange<Int> {
    switch self {
    case .chain, .start, .compare: 1...World.longest
    case .share, .rate, .pair, .packed: 2...World.longest
    }
  }
}

/// A word problem with its answer.
public struct Problem: Equatable, Sendable {
  /// Names the content: the same question has the same id in every run and version.
  public let id: String
  /// The split that owns the numbers of the question.
  public let split: Split
  /// The structure of the question.
  public let kind: Kind
  /// How many calculations a direct solution needs, 1...5: the difficulty level.
  public let steps: Int
  /// The question in words, without any frame.
  public let question: String
  /// The exact answer, 10...1199.
  public let answer: Int
  let facts: Facts
  /// The people of a comparison after the first one, for solutions that name them.
  let others: [String]
}
