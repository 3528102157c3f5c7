/// Mean diversity of the texts of a question, over the first questions that have several.
package struct SetDiversity: Sendable {
  private var (vendi, distinct, selfBLEU) = (0.0, 0.0, 0.0)
  /// Questions that count.
  package private(set) var count = 0

  /// Enough for a mean; the measures take longer than the selection.
  private static let most = 500

  /// Nothing yet.
  package init() {}

  /// Takes the texts of one question.
  package mutating func add(_ texts: [String]) {
    guard texts.count > 1, count < Self.most, let bleu = Diversity.selfBLEU(texts) else { return }
    vendi += Diversity.vendiScore(texts)
    distinct += Diversity.distinct(2, texts)
    selfBLEU += bleu
    count += 1
  }

  /// Names and means; none without a question that counts.
  package var figures: [(name: String, mean: Double)] {
    guard count > 0 else { return [] }
    return [("vendi", vendi), ("distinct_2", distinct), ("self_bleu", selfBLEU)].map {
      ($0, $1 / Double(count))
    }
  }
}
