/// How many heuristics answers show.
package struct Composition: Sendable {
  /// Answers in all, with a label, and with more than one different label.
  package private(set) var (answers, labeled, composed) = (0, 0, 0)
  private var labels = 0

  /// Nothing yet.
  package init() {}

  /// Counts an answer by the heuristics of its parts; one that comes back counts once.
  package mutating func add(_ parts: [String]) {
    let different = Set(parts).count
    answers += 1
    labeled += different > 0 ? 1 : 0
    composed += different > 1 ? 1 : 0
    labels += different
  }

  /// Different heuristics of an answer; 0 without answers.
  package var mean: Double { Double(labels) / Double(max(1, answers)) }
}
