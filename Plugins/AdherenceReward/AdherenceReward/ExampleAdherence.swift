public import PolyaKit

/// The reward: how likely an answer's heuristic is, going by answers whose heuristic is known.
public struct ExampleAdherence: Reward {
  /// As manifests name it.
  public static let id = "polya.adherence-examples"
  /// For lists.
  public static let title = "Adherence by examples"
  /// What it does.
  public static let summary =
    "How well an answer follows its heuristic, by the words of answers that are known to follow theirs."
  /// Formula.
  public static let guide = """
    score = p(heuristic | answer) under naive Bayes over words and pairs of neighboring words, numbers being one word. \
    Items whose reference is of another kind than heuristic, or names one without examples, get no verdict.
    """
  /// What to learn from.
  public static let options: [Option] = [
    Option(
      "examples", .path, required: true,
      help: "JSON lines with 'heuristic' and 'completion', as a stage of kind demonstrate stores them.")
  ]

  private let bayes: NaiveBayes

  /// Reads the examples.
  ///
  /// - Throws: ``Failure`` for a file that shows fewer than two heuristics.
  public init(options: OptionValues, call: Call) throws {
    guard let path = options.text("examples") else { throw Failure(.badOption, "examples is missing") }
    let rows = try OptionFile.rows(path, of: "an object with 'heuristic' and 'completion'") { row in
      row["heuristic"]?.string.flatMap { label in row["completion"]?.string.map { (label, $0) } }
    }
    bayes = NaiveBayes(rows)
    guard bayes.labels.count > 1 else {
      throw Failure(.badOption, "\(path) shows \(bayes.labels.count) heuristics; two at least are wanted")
    }
  }

  /// A probability.
  public var range: ClosedRange<Double> { 0...1 }

  /// The verdict on one answer.
  public func score(_ item: RewardItem, _ call: Call) throws -> Verdict {
    guard let heuristic = item.heuristic else { return .withoutHeuristic }
    guard let probability = bayes.probability(of: heuristic, given: item.completion) else {
      return .abstain(notes: [Note("unknown-heuristic", "no example shows '\(heuristic)'")])
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
    .abstain(notes: [Note("no-heuristic", "the reference does not name a heuristic")])
  }
}
