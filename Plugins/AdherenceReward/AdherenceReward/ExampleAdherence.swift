public import PolyaKit

/// The reward: how likely an answer's heuristic is, going by answers whose heuristic is known.
public struct ExampleAdherence: Reward {
  /// As manifests name it.
  public static let id = "polya.adherence-examples"
  /// For lists.
  public static let title = "Adherence by examples"
  /// What it does.
  public static let summary =
    "Scores how well an answer follows its heuristic, judging by the words of answers whose heuristic is known."
  /// Formula.
  public static let guide = """
    score = p(heuristic | answer) under naive Bayes over words and pairs of neighboring words; all numbers count as the \
    same word. The reward abstains when the reference is not of kind heuristic, or names one without examples.
    """
  /// What to learn from.
  public static let options: [Option] = [
    Option(
      "examples", .path, required: true,
      help: "A file of JSON lines with 'heuristic' and 'completion', as a demonstrate stage stores them.")
  ]

  private let bayes: NaiveBayes

  /// Reads the examples.
  ///
  /// - Throws: ``Failure`` for a file that shows fewer than two heuristics.
  public init(options: OptionValues, call: Call) throws {
    guard let path = options.text("examples") else {
      throw Failure(.badOption, "examples is missing; name a file of JSON lines")
    }
    let rows = try OptionFile.rows(path, of: "an object with 'heuristic' and 'completion'") { row in
      row["heuristic"]?.string.flatMap { label in row["completion"]?.string.map { (label, $0) } }
    }
    bayes = NaiveBayes(rows)
    guard bayes.labels.count > 1 else {
      throw Failure(
        .badOption, "\(path) has examples of \(bayes.labels.count) heuristics; give examples of at least two")
    }
  }

  /// A probability.
  public var range: ClosedRange<Double> { 0...1 }

  /// The verdict on one answer.
  public func score(_ item: RewardItem, _ call: Call) throws -> Verdict {
    guard let heuristic = item.heuristic else { return .withoutHeuristic }
    guard let probability = bayes.probability(of: heuristic, given: item.completion) else {
      return .abstain(notes: [
        Note("unknown-heuristic", "there is no example of the heuristic '\(heuristic)'")
      ])
    }
    return .scored(Verdict.Score(probability))
  }
}

extension RewardItem {
  /// Its id; nil when the reference names none.
  var heuristic: String? { referenceKind == "heuristic" && !reference.isEmpty ? reference : nil }
}

extension Verdict {
  static var withoutHeuristic: Verdict {
    .abstain(notes: [Note("no-heuristic", "the reference names no heuristic")])
  }
}
