/// The mean diversity of the texts of a question, over the first 500 questions with at least two texts.
package struct SetDiversity: Sendable {
  private var (vendi, distinct, selfBLEU) = (0.0, 0.0, 0.0)
  /// The number of questions included in the means.
  package private(set) var count = 0

  /// A cap on questions: enough for a mean, because the measures take longer than the selection itself.
  private static let most = 500

  /// Creates an accumulator without questions.
  package init() {}

  /// Adds the texts of one question; ignored if there are fewer than two.
  package mutating func add(_ texts: [String]) {
    guard texts.count > 1, count < Self.most, let bleu = Diversity.selfBLEU(texts) else { return }
    vendi += Diversity.vendiScore(texts)
    distinct += Diversity.distinct(2, texts)
    selfBLEU += bleu
    count += 1
  }

  /// The name and mean of each measure, or an empty array if no question was included.
  package var figures: [(name: String, mean: Double)] {
    guard count > 0 else { return [] }
    return [("vendi", vendi), ("distinct_2", distinct), ("self_bleu", selfBLEU)].map {
      ($0, $1 / Double(count))
    }
  }
}
