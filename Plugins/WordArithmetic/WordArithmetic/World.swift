/// A little world of word problems: an endless, reproducible source of questions in everyday language with exact
/// answers and worked solutions.
///
/// Every function here is pure. A problem depends on its split, index and seed and on the options, never on what
/// was asked for before.
public struct World: Sendable {
  /// The most steps that a story has.
  public static let longest = 5
  /// The most steps that a story has in `train`, `validation` and `test`.
  public static let longestInDistribution = 3

  /// The structures that questions are drawn from, each with the same share.
  public let kinds: [Kind]
  /// The numbers of steps that questions are drawn from.
  public let levels: [Int]
  /// How large the numbers of questions are.
  public let numbers: Magnitude
  /// How often ``habit(_:seed:)`` takes the fitting approach where habit fails, 0...1.
  public let leak: Double
  /// How often a calculation in a demonstration goes wrong, 0...1.
  public let slips: Double
  /// The numbers of steps that a split has of a kind.
  private let lengths: [Kind: [Split: [Int]]]

  /// - Throws: ``OptionError`` for an empty or repeated list, a level outside `1...5`, or a share outside `0...1`.
  public init(
    kinds: [Kind] = Kind.allCases, levels: [Int] = Array(1...World.longest),
    numbers: Magnitude = .large, leak: Double = 0, slips: Double = 0
  ) throws(OptionError) {
    guard !kinds.isEmpty, Set(kinds).count == kinds.count else { throw .kinds(kinds.map(\.rawValue)) }
    guard !levels.isEmpty, Set(levels).count == levels.count, levels.allSatisfy({ 1...Self.longest ~= $0 })
    else { throw .levels(levels) }
    guard 0...1 ~= leak else { throw .share("leak", leak) }
    guard 0...1 ~= slips else { throw .share("slips", slips) }
    self.kinds = kinds
    self.levels = levels.sorted()
    self.numbers = numbers
    self.leak = leak
    self.slips = slips
    let sorted = levels.sorted()
    lengths = Dictionary(
      uniqueKeysWithValues: kinds.map { kind in
        (
          kind,
          Dictionary(
            uniqueKeysWithValues: Split.allCases.map { split in
              (split, Self.lengths(of: kind, in: split, levels: sorted, numbers))
            })
        )
      })
    guard !splits.isEmpty else { throw .nothing(kinds.map(\.rawValue), levels) }
  }

  /// The splits that the options leave something in.
  public var splits: [Split] {
    Split.allCases.filter { split in kinds.contains { !lengths(of: $0, in: split).isEmpty } }
  }

  /// The problem at a place of a split.
  /// - Precondition: the split is one of ``splits``.
  public func problem(split: Split, index: UInt64, seed: UInt64) -> Problem {
    precondition(splits.contains(split), "the options leave nothing in \(split)")
    var draw = Draw(keys: seed, fnv1a(split.rawValue), index)
    let kind = draw.pick(kinds.filter { !lengths(of: $0, in: split).isEmpty })
    let steps = draw.pick(lengths(of: kind, in: split))
    var facts = Facts(kind: kind, steps: steps, numbers: numbers, draw: &draw)
    // One draw in sixteen belongs to `test` and to `validation` each, so this ends soon.
    while facts.split(steps: steps) != split {
      facts = Facts(kind: kind, steps: steps, numbers: numbers, draw: &draw)
    }
    var wording = Wording(draw: draw)
    let question = wording.question(facts)
    return Problem(
      id: "\(kind.rawValue)-\(steps)-\(String(fnv1a(question), radix: 16))", split: split, kind: kind,
      steps: steps, question: question, answer: facts.answer, facts: facts,
      others: wording.others)
  }

  private func lengths(of kind: Kind, in split: Split) -> [Int] { lengths[kind]?[split] ?? [] }

  private static func lengths(
    of kind: Kind, in split: Split, levels: [Int], _ numbers: Magnitude
  ) -> [Int] {
    levels.filter {
      kind.steps.contains($0) && (split == .corpus || ($0 > longestInDistribution) == (split == .ood))
        && (numbers == .large || exists(kind, steps: $0, in: split))
    }
  }

  /// Whether a split has small facts of a kind: there are so few that it may have none.
  private static func exists(_ kind: Kind, steps: Int, in split: Split) -> Bool {
    var draw = Draw(keys: 0, fnv1a(split.rawValue), UInt64(steps))
    return (0..<2000).contains { _ in
      Facts(kind: kind, steps: steps, numbers: .small, draw: &draw).split(steps: steps) == split
    }
  }
}

/// An option value that leaves no world to draw from.
public enum OptionError: Error, Equatable, CustomStringConvertible {
  case kinds([String])
  case levels([Int])
  case share(String, Double)
  /// No kind has a story of the wanted length.
  case nothing([String], [Int])

  /// What was given and what would do.
  public var description: String {
    switch self {
    case .kinds(let kinds):
      "kinds is \(kinds); name at least one kind, each of them once, out of "
        + Kind.allCases.map(\.rawValue).joined(separator: ", ")
    case .levels(let levels):
      "levels is \(levels); name at least one level, each of them once, out of 1...\(World.longest)"
    case .share(let option, let value):
      "\(option) is \(value); give a share from 0 to 1"
    case .nothing(let kinds, let levels):
      "none of the kinds \(kinds) has stories of \(levels) steps; add a level of 2 or more"
    }
  }
}
