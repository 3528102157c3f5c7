/// Counts how many heuristics the answers show.
package struct Composition: Sendable {
  /// The number of answers, of those with a label, and of those with more than one distinct label.
  package private(set) var (answers, labeled, composed) = (0, 0, 0)
  private var labels = 0

  /// Creates counts of zero.
  package init() {}

  /// Counts an answer by the heuristics of its parts. A repeated heuristic counts once.
  package mutating func add(_ parts: [String]) {
    let different = Set(parts).count
    answers += 1
    labeled += different > 0 ? 1 : 0
    composed += different > 1 ? 1 : 0
    labels += different
  }

  /// The mean number of distinct heuristics per answer; 0 if there are no answers.
  package var mean: Double { Double(labels) / Double(max(1, answers)) }
}
