public import PolyaKit

/// ``World`` as a task source.
public struct WordArithmeticPlugin: TaskSource {
  /// "polya.word-arithmetic".
  public static let id = "polya.word-arithmetic"
  /// The name in lists.
  public static let title = "Word arithmetic"
  /// What it is for, in one sentence.
  public static let summary =
    "An endless, reproducible source of word problems with exact answers and worked solutions by eight approaches."
  /// The keys of ``World``'s initializer.
  public static let options: [Option] = [
    Option(
      "kinds", .choice(Kind.allCases.map { ($0.rawValue, $0.help) }),
      default: "[\(Kind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ","))]", list: true,
      help: "The structures to draw questions from, each equally often."),
    Option(
      "levels", .integer(1...Int64(World.longest)),
      default: "[\((1...World.longest).map { "\($0)" }.joined(separator: ","))]", list: true,
      help:
        "The numbers of steps to draw from: all of them in corpus, up to \(World.longestInDistribution) in train, "
        + "validation and test, more in ood."),
    Option(
      "numbers", .choice(Magnitude.allCases.map { ($0.rawValue, $0.help) }), default: "\"large\"",
      help: "How large the numbers are."),
    Option(
      "leak", .real(0...1), default: "0",
      help: "How often, from 0 to 1, plain demonstrations use the fitting approach where habit fails."),
    Option(
      "slips", .real(0...1), default: "0",
      help: "How often, from 0 to 1, a calculation in a demonstration goes wrong."),
  ]

  private let world: World

  /// - Throws: ``PolyaKit/Failure`` with code `badOption` for options that leave nothing to draw from.
  public init(options: OptionValues, call: Call) throws {
    do {
      world = try World(options: options)
    } catch {
      throw Failure(.badOption, error.description)
    }
  }

  /// What the options leave of the four splits.
  public var splits: [PolyaKit.Split] {
    world.splits.map {
      PolyaKit.Split($0.rawValue, outOfDistribution: $0 == .ood, help: $0.help)
    }
  }

  /// The approaches that worked solutions follow.
  public var heuristics: [PolyaKit.Heuristic] {
    Heuristic.allCases.map {
      PolyaKit.Heuristic(
        id: $0.rawValue, family: $0 == .plain ? "control" : "polya", title: $0.title, idea: $0.idea)
    }
  }

  /// The problem at a place.
  public func task(_ place: TaskPlace, _ call: Call) throws -> TaskItem {
    let problem = try problem(at: place)
    return TaskItem(
      key: problem.id, question: problem.question, reference: "\(problem.answer)", referenceKind: "math",
      kind: problem.kind.rawValue, level: Double(problem.steps))
  }

  /// A worked solution of the problem at a place.
  public func demonstrate(_ heuristic: String, of place: TaskPlace, _ call: Call) throws -> String? {
    guard let known = Heuristic(rawValue: heuristic) else {
      throw Failure(
        .notFound,
        "there is no heuristic \"\(heuristic)\"; this source demonstrates "
          + Heuristic.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return world.demonstrate(try problem(at: place), heuristic: known, seed: place.seed)
  }

  private func problem(at place: TaskPlace) throws -> Problem {
    guard let split = Split(rawValue: place.split), world.splits.contains(split) else {
      throw Failure(
        .notFound,
        "there is no split \"\(place.split)\"; with these options the splits are "
          + world.splits.map(\.rawValue).joined(separator: ", "))
    }
    return world.problem(split: split, index: UInt64(place.index), seed: place.seed)
  }
}

extension World {
  /// A world from checked option values.
  init(options: OptionValues) throws(OptionError) {
    var levels: [Int] = []
    if case .list(let values) = options["levels"] {
      levels = values.compactMap { if case .integer(let level) = $0 { Int(level) } else { nil } }
    }
    try self.init(
      kinds: options.texts("kinds").compactMap { Kind(rawValue: $0) }, levels: levels,
      numbers: options.text("numbers").flatMap { Magnitude(rawValue: $0) } ?? .large,
      leak: options.real("leak") ?? 0, slips: options.real("slips") ?? 0)
  }
}

extension Split {
  fileprivate var help: String {
    switch self {
    case .corpus: "stories of all lengths, to train a base model on before anything is measured"
    case .train: "stories of up to \(World.longestInDistribution) steps, to learn from"
    case .validation: "like train, with other numbers"
    case .test: "like train, with other numbers again"
    case .ood: "longer stories, of \(World.longestInDistribution + 1) to \(World.longest) steps"
    }
  }
}

extension Magnitude {
  fileprivate var help: String {
    switch self {
    case .small: "amounts of 2 to 30, changes of 2 to 9"
    case .large: "amounts of 10 to 1199, changes of two digits"
    }
  }
}

extension Kind {
  fileprivate var help: String {
    switch self {
    case .chain: "the start is known and events follow; the question asks for the end"
    case .start: "the end and the events are known; the question asks for the start"
    case .compare: "each person has more or fewer than the one before"
    case .share: "equal shares, then events"
    case .rate: "some boxes of some number each, then events"
    case .pair: "two unknowns: a sum and a difference"
    case .packed:
      "the end is some boxes of some number each; the question asks for the start and takes two approaches at once"
    }
  }
}
